import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { type Answer, json } from '../http/answer.ts';
import { isRecord } from '../http/is-record.ts';
import { checkDatabase } from '../storage/database-file.ts';
import type { SqsContext } from './api/context.ts';
import { OPERATIONS } from './api/index.ts';
import { makeVisible } from './api/receive.ts';
import { sendEntries } from './api/send.ts';
import { SqsError, sqsErrorAnswer } from './errors.ts';
import { loadFauxqs, type QueueStore } from './fauxqs.ts';
import type { BatchEntry } from './message.ts';
import { followClock } from './patches/delays.ts';
import { makeFair } from './patches/fair-queue.ts';
import { orderGroups } from './patches/fifo-order.ts';
import { sortDelayed, wakeWhenDue } from './patches/poll-timer.ts';
import { useOneRegion } from './patches/regions.ts';
import { expireMessages } from './patches/retention.ts';
import { storeReturnedMessages } from './patches/returned-messages.ts';
import { storeSystemAttributes } from './patches/system-attributes.ts';
import { makeQueueProgress } from './progress.ts';

const RETENTION_CHECK_MS = 30_000;

export interface Sqs {
  /** `disconnected` says, once there is an answer, whether its client has gone. */
  handle(headers: IncomingHttpHeaders, body: string, disconnected: () => boolean): Promise<Answer>;
  /** For the scheduler in this process: each entry by the rules of SendMessage. */
  sendBatch(
    queueArn: string,
    entries: BatchEntry[],
  ): Promise<{ failed: { id: string; message: string; code: string }[] }>;
  hasQueue(queueArn: string): boolean;
  /** The offset of the virtual clock is now this, ms. */
  advanceTo(offset: number): void;
  /** When the next delayed message is due, epoch ms of business time; `offset` as above. */
  nextDue(offset: number): number | undefined;
  /** Ids of messages that a consumer has, or is about to receive. */
  inProgress(): Iterable<string>;
  close(): void;
}

interface SqsOptions {
  directory: string;
  region: string;
  /** The port that queue URLs name. */
  port: number;
  /** Offset of the virtual clock at start, ms. */
  offset: number;
}

const parse = (body: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(body || '{}');
  } catch {
    value = undefined;
  }
  if (isRecord(value)) return value;
  throw new SqsError('SerializationException', 'The request body is not a JSON object');
};

/** A queue is patched before it has messages; the loader creates queues by the same method. */
const patchNewQueues = (store: QueueStore): void => {
  const createQueue = store.createQueue.bind(store);
  store.createQueue = (...given) => {
    const queue = createQueue(...given);
    wakeWhenDue(queue);
    makeFair(queue);
    orderGroups(queue);
    return queue;
  };
};

/** The patched fauxqs with what is stored in the directory. */
const openStore = async ({ directory, region, port, offset }: SqsOptions) => {
  const fauxqs = await loadFauxqs();
  checkDatabase(join(directory, 'fauxqs.db'), 'the messages that wait in queues are lost');
  const persistence = fauxqs.openPersistence(directory);
  // FULL, the default, syncs the disk at every message; NORMAL loses nothing when a process is
  // killed.
  persistence.db.exec('PRAGMA synchronous = NORMAL');
  storeReturnedMessages(persistence);
  const restoreSystemAttributes = storeSystemAttributes(persistence);
  const store = fauxqs.makeStore();
  patchNewQueues(store);
  useOneRegion(store, region, port);
  const clock = followClock(store, persistence);
  clock.catchUp(offset);
  persistence.loadSqsQueues(store);
  restoreSystemAttributes(store);
  store.persistence = persistence;
  for (const queue of store.allQueues()) {
    queue.persistence = persistence;
    sortDelayed(queue);
  }
  return { fauxqs, persistence, store, clock };
};

/** SQS by fauxqs: durable, on the virtual clock, with one region that every other means too. */
export const openSqs = async (options: SqsOptions): Promise<Sqs> => {
  const { fauxqs, persistence, store, clock } = await openStore(options);
  const progress = makeQueueProgress(store);
  const context: SqsContext = { fauxqs, store, persistence, region: options.region };
  const retention = setInterval(() => expireMessages(store, Date.now()), RETENTION_CHECK_MS).unref();

  const answerTo = async (action: string, body: string, disconnected: () => boolean): Promise<object> => {
    const operation = Object.hasOwn(OPERATIONS, action) ? OPERATIONS[action] : undefined;
    if (!operation) throw new SqsError('UnknownOperationException', `SQS has no operation ${action}`);
    const request = parse(body);
    if (action === 'ReceiveMessage') progress.notePoll(request.QueueUrl);
    const result = await operation(context, request);
    if (action === 'ReceiveMessage' && disconnected()) makeVisible(context, request, result);
    return result;
  };

  const handle: Sqs['handle'] = async (headers, body, disconnected) => {
    const [, action = ''] = String(headers['x-amz-target']).split('.');
    try {
      return json(200, await answerTo(action, body, disconnected), { 'content-type': 'application/x-amz-json-1.0' });
    } catch (error) {
      if (error instanceof SqsError) return sqsErrorAnswer(error);
      throw error;
    }
  };

  const sendBatch: Sqs['sendBatch'] = async (queueArn, entries) => {
    const queue = store.getQueueByArn(queueArn);
    if (!queue) {
      const failure = { code: 'QueueDoesNotExist', message: `No such queue: ${queueArn}` };
      return { failed: entries.map(({ id }) => ({ id, ...failure })) };
    }
    return { failed: sendEntries(context, queue, entries) };
  };

  return {
    handle,
    sendBatch,
    hasQueue: (queueArn) => store.getQueueByArn(queueArn) !== undefined,
    advanceTo: clock.advanceTo,
    nextDue: progress.nextDue,
    inProgress: progress.inProgress,
    close: () => {
      clearInterval(retention);
      store.shutdown();
      persistence.close();
    },
  };
};
