import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { Answer } from '../answer.ts';
import { awsError, json } from '../answer.ts';
import { checkDatabase } from '../database-file.ts';
import { makeQueueWork } from './due.ts';
import { makeFair, makeGroups } from './fair.ts';
import { loadFauxqs, type MessageAttribute, type Persistence, type RouterReply } from './fauxqs.ts';
import { makePunctual } from './punctual.ts';
import { expireMessages, makeQueueTime } from './time.ts';

export const accountId = '000000000000';
const retentionCheckMs = 30_000;

export interface BatchEntry {
  id: string;
  body: string;
  groupId?: string;
  attributes?: Record<string, MessageAttribute>;
}

export interface Sqs {
  /** `disconnected` tells, after the answer is made, whether anybody is left to read it. */
  handle(headers: IncomingHttpHeaders, body: string, disconnected: () => boolean): Promise<Answer>;
  /** In-process send for the scheduler. */
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

/** There is one region, which the ARN of any region means. */
const inRegion = (arn: string, region: string): string => arn.replace(/^(arn:[^:]+:sqs:)[^:]*/, `$1${region}`);

/** SQS by fauxqs: durable, punctual, on the virtual clock, one region whatever the caller signs for. */
export const openSqs = async ({ directory, region, port, offset }: SqsOptions): Promise<Sqs> => {
  const fauxqs = await loadFauxqs();
  checkDatabase(join(directory, 'fauxqs.db'), 'the messages that wait in queues are lost');
  const persistence = fauxqs.openPersistence(directory);
  // The default, FULL, syncs the disk on every message; NORMAL loses nothing when a process is killed.
  persistence.db.exec('PRAGMA synchronous = NORMAL');
  repairGiveBack(persistence);

  const store = fauxqs.makeStore();
  const urlOf = (name: string): string => `http://127.0.0.1:${port}/${accountId}/${name}`;
  const createQueue = store.createQueue.bind(store);
  const groups = makeGroups();
  store.region = region;
  store.buildQueueUrl = urlOf;
  const getQueueByArn = store.getQueueByArn.bind(store);
  store.getQueueByArn = (arn) => getQueueByArn(inRegion(arn, region));
  // On load the stored URL and ARN may carry the port and the region of an earlier start.
  store.createQueue = (name, _url, arn, attributes, tags) => {
    const queue = createQueue(name, urlOf(name), inRegion(arn, region), attributes, tags);
    makePunctual(queue);
    makeFair(queue, groups);
    return queue;
  };

  const time = makeQueueTime(store, persistence);
  const work = makeQueueWork(store);
  time.catchUp(offset);
  persistence.loadSqsQueues(store);
  store.persistence = persistence;
  for (const queue of store.allQueues()) {
    queue.persistence = persistence;
    queue.delayedMessages.sort((a, b) => (a.delayUntil ?? 0) - (b.delayUntil ?? 0));
  }

  const router = fauxqs.makeRouter(store);
  const retention = setInterval(() => expireMessages(store, Date.now()), retentionCheckMs).unref();

  /** Nobody reads the answer: what it took would stay invisible for the whole visibility timeout. */
  const giveBack = (queueUrl: unknown, result: unknown): void => {
    const { Messages: messages = [] } = result as { Messages?: { ReceiptHandle: string }[] };
    const queue = store.getQueue(String(queueUrl));
    for (const { ReceiptHandle: handle } of messages) {
      const taken = queue?.inflightMessages.get(handle)?.message;
      if (taken) taken.approximateReceiveCount -= 1;
      queue?.changeVisibility(handle, 0);
    }
  };

  const handle: Sqs['handle'] = async (headers, text, disconnected) => {
    let body: Record<string, unknown>;
    try {
      body = JSON.parse(text || '{}');
    } catch {
      return awsError(400, 'SerializationException', 'The request body is not valid JSON');
    }
    const answer = json(200, undefined, { 'content-type': 'application/x-amz-json-1.0' });
    const reply: RouterReply = {
      status: (code) => {
        answer.status = code;
      },
      header: (name, value) => {
        answer.headers[name] = value;
      },
    };
    const target = headers['x-amz-target'];
    if (target === 'AmazonSQS.ReceiveMessage') work.notePoll(body.QueueUrl);
    const request = { headers: { 'x-amz-target': target }, body };
    let handled: Promise<unknown> | undefined;
    // fauxqs does all of a send, and of a batch, before it first waits: one commit instead of ten.
    const handleNow = (): void => {
      handled = router.handle(request, reply);
    };
    const send = (): void => groups.within(body, handleNow);
    if (target === 'AmazonSQS.SendMessageBatch') persistence.transaction(send);
    else if (target === 'AmazonSQS.SendMessage') send();
    else if (target === 'AmazonSQS.DeleteMessageBatch') persistence.transaction(handleNow);
    else handleNow();
    const result = await handled;
    if (disconnected() && target === 'AmazonSQS.ReceiveMessage') giveBack(body.QueueUrl, result);
    return { ...answer, body: result === undefined ? '' : JSON.stringify(result) };
  };

  const sendBatch: Sqs['sendBatch'] = async (queueArn, entries) => {
    const queue = store.getQueueByArn(queueArn);
    if (!queue) {
      const failure = { code: 'QueueDoesNotExist', message: `No such queue: ${queueArn}` };
      return { failed: entries.map(({ id }) => ({ id, ...failure })) };
    }
    persistence.transaction(() => {
      for (const { id, body, groupId, attributes = {} } of entries) {
        const delaySeconds = Number(queue.attributes.DelaySeconds ?? 0) || undefined;
        const deduplicationId = queue.isFifo() ? id : undefined;
        const message = fauxqs.createMessage(body, attributes, delaySeconds, groupId, deduplicationId);
        if (queue.isFifo()) message.sequenceNumber = queue.nextSequenceNumber();
        queue.enqueue(message);
      }
    });
    return { failed: [] };
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
