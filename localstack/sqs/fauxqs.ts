/**
 * Mends: the entry point of fauxqs listens on all interfaces, and loads S3 and the AWS SDK.
 * Why: the local AWS must not be reachable from the network. So queues and storage are used alone.
 * Relies on: the modules that `loadFauxqs` names, in the shapes below.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { MessageAttribute } from './message.ts';

export interface FauxqsMessage {
  messageId: string;
  body: string;
  md5OfBody: string;
  messageAttributes: Record<string, MessageAttribute>;
  /** Empty when there are no attributes. */
  md5OfMessageAttributes: string;
  /** Epoch ms, wall clock. */
  sentTimestamp: number;
  approximateReceiveCount: number;
  approximateFirstReceiveTimestamp?: number;
  /** Epoch ms, wall clock. */
  delayUntil?: number;
  messageGroupId?: string;
  messageDeduplicationId?: string;
  sequenceNumber?: string;
  /** Added here: AWSTraceHeader and DeadLetterQueueSourceArn. */
  systemAttributes?: Record<string, string>;
}

interface Waiter {
  resolve(): void;
  timer: NodeJS.Timeout;
}

/** A received message: its receipt is the key in `inflightMessages`. */
export interface Taken {
  ReceiptHandle: string;
}

export type DeadLetters = (arn: string) => Pick<FauxqsQueue, 'enqueue'> | undefined;

export interface FauxqsQueue {
  name: string;
  url: string;
  arn: string;
  attributes: Record<string, string | undefined>;
  tags: Map<string, string>;
  deduplicationCache: { clear(): void };
  messages: FauxqsMessage[];
  delayedMessages: FauxqsMessage[];
  inflightMessages: Map<string, { message: FauxqsMessage; receiptHandle: string; visibilityDeadline: number }>;
  fifoMessages: Map<string, FauxqsMessage[]>;
  fifoDelayed: Map<string, FauxqsMessage[]>;
  pollWaiters: Waiter[];
  pollTimer: NodeJS.Timeout | undefined;
  persistence: Persistence | undefined;
  isFifo(): boolean;
  enqueue(message: FauxqsMessage): void;
  dequeue(max: number, visibilityTimeout?: number, deadLetters?: DeadLetters): Taken[];
  deleteMessage(receipt: string): boolean;
  changeVisibility(receipt: string, seconds: number): void;
  waitForMessages(seconds: number): Promise<void>;
  hasAvailableFifoMessages(): boolean;
  getAllAttributes(names: readonly string[]): Record<string, string>;
  setAttributes(attributes: Record<string, string>): void;
  purge(): void;
  checkDeduplication(id: string): { originalMessageId?: string; originalSequenceNumber?: string };
  recordDeduplication(id: string, messageId: string, sequenceNumber: string | undefined): void;
  processTimers(): void;
  startPollTimerIfNeeded(): void;
  stopPollTimerIfEmpty(): void;
  notifyWaiters(): void;
  nextSequenceNumber(): string;
}

export interface QueueStore {
  region: string | undefined;
  host: string | undefined;
  persistence: Persistence | undefined;
  queues: Map<string, FauxqsQueue>;
  createQueue(name: string, url: string, arn: string, attributes?: object, tags?: object): FauxqsQueue;
  buildQueueUrl(name: string): string;
  allQueues(): Iterable<FauxqsQueue>;
  getQueue(url: string): FauxqsQueue | undefined;
  getQueueByArn(arn: string): FauxqsQueue | undefined;
  deleteQueue(url: string): boolean;
  shutdown(): void;
}

export interface Persistence {
  db: DatabaseSync;
  transaction(work: () => void): void;
  loadSqsQueues(store: QueueStore): void;
  insertQueue(queue: FauxqsQueue): void;
  insertMessage(queueName: string, message: FauxqsMessage): void;
  updateMessageInflight(
    messageId: string,
    receipt: string,
    visibilityDeadline: number,
    receiveCount: number,
    firstReceivedAt: number | undefined,
  ): void;
  updateMessageReady(messageId: string): void;
  deleteMessage(messageId: string): void;
  deleteQueueMessages(queueName: string): void;
  deleteQueue(queueName: string): void;
  close(): void;
}

const entry = import.meta.resolve('fauxqs');

const part = async <T>(path: string, name: string): Promise<T> => {
  const module = (await import(new URL(path, entry).href)) as Record<string, T | undefined>;
  const found = module[name];
  if (found === undefined) throw new Error(`fauxqs has no ${name} in ${path}: a version other than 2.4 is installed`);
  return found;
};

export interface FauxqsParts {
  makeStore(): QueueStore;
  openPersistence(directory: string): Persistence;
  createMessage(
    body: string,
    attributes: Record<string, MessageAttribute>,
    delaySeconds?: number,
    groupId?: string,
    deduplicationId?: string,
  ): FauxqsMessage;
  md5(text: string): string;
  /** Empty when there are no attributes. */
  md5OfMessageAttributes(attributes: Record<string, MessageAttribute>): string;
}

type StoreClass = { new (): QueueStore; createMessage: FauxqsParts['createMessage'] };

export const loadFauxqs = async (): Promise<FauxqsParts> => {
  const [Store, PersistenceManager, md5, md5OfMessageAttributes] = await Promise.all([
    part<StoreClass>('./sqs/sqsStore.js', 'SqsStore'),
    part<new (directory: string) => Persistence>('./persistence.js', 'PersistenceManager'),
    part<FauxqsParts['md5']>('./common/md5.js', 'md5'),
    part<FauxqsParts['md5OfMessageAttributes']>('./common/md5.js', 'md5OfMessageAttributes'),
  ]);
  return {
    makeStore: () => new Store(),
    openPersistence: (directory) => new PersistenceManager(directory),
    createMessage: Store.createMessage,
    md5,
    md5OfMessageAttributes,
  };
};
