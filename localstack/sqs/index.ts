import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { accountId } from '../http/account.ts';
import { type Answer, json } from '../http/answer.ts';
import { isRecord } from '../http/is-record.ts';
import { checkDatabase } from '../storage/database-file.ts';
import type { SqsContext } from './api/context.ts';
import { OPERATIONS } from './api/index.ts';
import { giveBack } from './api/receive.ts';
import { sendEntries } from './api/send.ts';
import { SqsError, sqsErrorAnswer } from './errors.ts';
import { loadFauxqs, type Persistence } from './fauxqs.ts';
import type { BatchEntry } from './message.ts';
import { expireMessages, makeQueueTime } from './patches/delays.ts';
import { makeFair } from './patches/fair-queue.ts';
import { makeOrderly } from './patches/fifo-order.ts';
import { makePunctual } from './patches/poll-timer.ts';
import { inRegion } from './patches/regions.ts';
import { keepSystemAttributes } from './patches/system-attributes.ts';
import { makeQueueWork } from './work.ts';

const retentionCheckMs = 30_000;

export interface Sqs {
  /** `disconnected` tells, after the answer is made, whether anybody is left to read it. */
  handle(headers: IncomingHttpHeaders, body: string, disconnected: () => boolean): Promise<Answer>;
  /** In-process send for the scheduler; what SendMessage would refuse has failed. */
  sendBatch(
    queueArn: string,
    entries: BatchEntry[],
  ): Promise<{ failed: { id: string; message: string; code: string }[] }>;
  hasQueue(queueArn: string): boolean;
  /** The virtual clock now leads by `offset` ms. */
  advanceTo(offset: number): void;
  /**
   * When the next delayed message is due, epoch ms of business time, while the virtual clock leads
   * by `offset` ms.
   */
  nextDue(offset: number): number | undefined;
  /** Ids of messages that a consumer has, or is about to receive. */
  inWork(): Iterable<string>;
  close(): void;
}

export interface SqsOptions {
  directory: string;
  region: string;
  /** The port that queue URLs name. */
  port: number;
  /** Offset of the virtual clock at start, ms. */
  offset: number;
}

/** fauxqs 2.4 writes NULL into NOT NULL columns when a message is given back, so its own statement is replaced. */
const repairGiveBack = (persistence: Persistence): void => {
  const statement = persistence.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => {
    statement.run(messageId);
  };
};

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

/** SQS by fauxqs: durable, punctual, on the virtual clock, one region whatever the caller signs for. */
export const openSqs = async ({ directory, region, port, offset }: SqsOptions): Promise<Sqs> => {
  const fauxqs = await loadFauxqs();
  checkDatabase(join(directory, 'fauxqs.db'), 'the messages that wait in queues are lost');
  const persistence = fauxqs.openPersistence(directory);
  // The default, FULL, syncs the disk on every message; NORMAL loses nothing when a process is killed.
  persistence.db.exec('PRAGMA synchronous = NORMAL');
  repairGiveBack(persistence);
  const restoreSystemAttributes = keepSystemAttributes(persistence);

  const store = fauxqs.makeStore();
  const urlOf = (name: string): string => `http://127.0.0.1:${port}/${accountId}/${name}`;
  const createQueue = store.createQueue.bind(store);
  store.region = region;
  store.buildQueueUrl = urlOf;
  const getQueueByArn = store.getQueueByArn.bind(store);
  store.getQueueByArn = (arn) => getQueueByArn(inRegion(arn, region));
  // Also by the URL that the queue has on AWS, or in another region: its name decides.
  store.getQueue = (url) => getQueueByArn(`arn:aws:sqs:${region}:${accountId}:${url.split('/').findLast(Boolean)}`);
  // On load the stored URL and ARN may carry the port and the region of an earlier start.
  store.createQueue = (name, _url, arn, attributes, tags) => {
    const queue = createQueue(name, urlOf(name), inRegion(arn, region), attributes, tags);
    makePunctual(queue);
    makeFair(queue);
    makeOrderly(queue);
    return queue;
  };

  const time = makeQueueTime(store, persistence);
  const work = makeQueueWork(store);
  time.catchUp(offset);
  persistence.loadSqsQueues(store);
  restoreSystemAttributes(store);
  store.persistence = persistence;
  for (const queue of store.allQueues()) {
    queue.persistence = persistence;
    queue.delayedMessages.sort((a, b) => (a.delayUntil ?? 0) - (b.delayUntil ?? 0));
  }

  const context: SqsContext = { fauxqs, store, persistence, region };
  const retention = setInterval(() => expireMessages(store, Date.now()), retentionCheckMs).unref();

  const answerTo = async (action: string, body: string, disconnected: () => boolean): Promise<object> => {
    const operation = Object.hasOwn(OPERATIONS, action) ? OPERATIONS[action] : undefined;
    if (!operation) throw new SqsError('UnknownOperationException', `SQS has no operation ${action}`);
    const request = parse(body);
    if (action === 'ReceiveMessage') work.notePoll(request.QueueUrl);
    const result = await operation(context, request);
    if (action === 'ReceiveMessage' && disconnected()) giveBack(context, request, result);
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
    advanceTo: time.advanceTo,
    nextDue: work.nextDue,
    inWork: work.inWork,
    close: () => {
      clearInterval(retention);
      store.shutdown();
      persistence.close();
    },
  };
};
