import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Clock } from '../../lib/platform/clock.ts';
import { type Answer, json } from '../http/answer.ts';
import { checkLevelDb, openError } from './damage.ts';
import { actions, type DynaliteError, dbModule } from './dynalite.ts';
import { makeAtomicStore } from './patches/atomic-writes.ts';
import { refuseAfterFailedWrite } from './patches/failed-write.ts';
import { closeIterators } from './patches/iterators.ts';
import { finishTables } from './patches/unfinished-tables.ts';
import { makeRunner, type Operations, type Run } from './run.ts';
import { makeSweeper } from './sweeper.ts';
import { makeTableOperations } from './tables.ts';
import { makeTagOperations } from './tags.ts';
import { makeTimeToLive } from './time-to-live.ts';

export interface DynamoDb {
  handle(headers: IncomingHttpHeaders, body: string): Promise<Answer>;
  /** An operation from within this process. */
  run: Run;
  /** The virtual clock has moved: look for expired items now. */
  wake(): void;
  close(): Promise<void>;
}

interface DynamoDbOptions {
  directory: string;
  region: string;
  clock: Clock;
  /** A write has failed: the database accepts none until it is opened again. */
  onBroken?: (error: Error) => void;
}

const protocol = 'application/x-amz-json-1.0';
/**
 * LevelDB keeps one key for each block in memory, and the keys are long. With its default of 4 KB
 * the process grew by 1 MB a minute (74 notifications a second), with 16 KB by a third of that.
 */
const BLOCK_BYTES = 16_384;

const answered = (status: number, value: unknown): Answer => {
  const answer = json(status, value, { 'content-type': protocol });
  answer.headers['x-amz-crc32'] = String(crc32(answer.body));
  return answer;
};

const failed = (name: string, message: string): Answer =>
  answered(400, { __type: `com.amazon.coral.service#${name}`, message });

/** @param own the operations that dynalite lacks, or implements in part */
const makeHandle =
  (run: Run, own: Operations): DynamoDb['handle'] =>
  async (headers, body) => {
    const operation = String(headers['x-amz-target'] ?? '').replace('DynamoDB_20120810.', '');
    let request: Record<string, unknown>;
    try {
      request = JSON.parse(body || '{}');
    } catch {
      return failed('SerializationException', 'The request body is not valid JSON');
    }
    const perform = Object.hasOwn(own, operation) ? own[operation] : undefined;
    if (!perform && !actions.has(operation)) {
      const detail = `${operation || 'The operation'} is not part of the embedded DynamoDB`;
      return failed('UnknownOperationException', detail);
    }
    try {
      return answered(200, await (perform ? perform(request) : run(operation, request)));
    } catch (error) {
      const { statusCode, body: answer } = error as DynaliteError;
      if (statusCode) return answered(statusCode, answer);
      throw error;
    }
  };

/** DynamoDB by dynalite: durable, atomic over items and indexes, with a time to live. */
export const openDynamoDb = async ({
  directory,
  region,
  clock,
  onBroken = () => {},
}: DynamoDbOptions): Promise<DynamoDb> => {
  const path = join(directory, 'dynamodb');
  checkLevelDb(path);
  const timeToLive = makeTimeToLive(join(directory, 'time-to-live.json'), (...request) => run(...request));
  const store = dbModule.create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  store.tableDb.awsRegion = region;
  const fail = async (error: unknown): Promise<never> => {
    await store.db.close();
    throw openError(path, error);
  };
  await store.db.open({ blockSize: BLOCK_BYTES }).catch(fail);
  refuseAfterFailedWrite(store.db, onBroken);
  closeIterators(store.db);
  const items = makeAtomicStore(store);
  await finishTables(store).catch(fail);
  const runner = makeRunner(store, items);
  const { run } = runner;
  const own = {
    ...timeToLive.operations,
    ...makeTableOperations(store, runner, timeToLive.forget),
    ...makeTagOperations(store, runner),
  };
  const sweeper = makeSweeper({ clock, run, specifications: timeToLive.specifications });
  return {
    handle: makeHandle(run, own),
    run,
    wake: sweeper.wake,
    close: async () => {
      await sweeper.close();
      await new Promise<void>((resolve, reject) => {
        store.lifecycleManager.gracefulClose((error) => (error ? reject(error) : resolve()));
      });
    },
  };
};
