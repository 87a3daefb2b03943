import type { DatabaseSync } from 'node:sqlite';

/**
 * The parts of fauxqs used here. Its public door opens a listener on all interfaces and loads S3 and the AWS SDK, so its
 * modules are loaded one by one, beside the package's entry point; the shapes below are what this folder relies on
 * (fauxqs 2.4).
 */
export interface FauxqsMessage {
  messageId: string;
  body: string;
  /** Epoch ms, wall clock. */
  sentTimestamp: number;
  approximateReceiveCount: number;
  approximateFirstReceiveTimestamp?: number;
  /** Epoch ms, wall clock. */
  delayUntil?: number;
  messageGroupId?: string;
}

export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
}

interface Waiter {
  resolve(): void;
  timer: NodeJS.Timeout;
}

export interface FauxqsQueue {
  name: string;
  url: string;
  arn: string;
  attributes: Record<string, string | undefined>;
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
  dequeue(max: number, visibilityTimeout?: number, dlqResolver?: (arn: string) => FauxqsQueue | undefined): unknown[];
  changeVisibility(receiptHandle: string, seconds: number): void;
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
  shutdown(): void;
}

export interface Persistence {
  db: DatabaseSync;
  transaction(work: () => void): void;
  loadSqsQueues(store: QueueStore): void;
  updateMessageReady(messageId: string): void;
  deleteMessage(messageId: string): void;
  close(): void;
}

export interface RouterRequest {
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

export interface RouterReply {
  status(code: number): void;
  header(name: string, value: string): void;
}

type Handler = (body: unknown, store: QueueStore, request: RouterRequest) => unknown;

export interface Router {
  register(action: string, handler: Handler): void;
  handle(request: RouterRequest, reply: RouterReply): Promise<unknown>;
}

const actions = [
  'CreateQueue DeleteQueue GetQueueUrl ListQueues GetQueueAttributes SetQueueAttributes PurgeQueue',
  'SendMessage SendMessageBatch ReceiveMessage DeleteMessage DeleteMessageBatch',
  'ChangeMessageVisibility ChangeMessageVisibilityBatch TagQueue UntagQueue ListQueueTags',
].flatMap((line) => line.split(' '));

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
  makeRouter(store: QueueStore): Router;
  createMessage(
    body: string,
    attributes: Record<string, MessageAttribute>,
    delaySeconds?: number,
    groupId?: string,
    deduplicationId?: string,
  ): FauxqsMessage & { sequenceNumber?: string };
}

type StoreClass = { new (): QueueStore; createMessage: FauxqsParts['createMessage'] };

export const loadFauxqs = async (): Promise<FauxqsParts> => {
  const [Store, PersistenceManager, SqsRouter, ...handlers] = await Promise.all([
    part<StoreClass>('./sqs/sqsStore.js', 'SqsStore'),
    part<new (directory: string) => Persistence>('./persistence.js', 'PersistenceManager'),
    part<new (store: QueueStore) => Router>('./sqs/sqsRouter.js', 'SqsRouter'),
    ...actions.map((action) => {
      const name = action.charAt(0).toLowerCase() + action.slice(1);
      return part<Handler>(`./sqs/actions/${name}.js`, name);
    }),
  ]);
  return {
    makeStore: () => new Store(),
    openPersistence: (directory) => new PersistenceManager(directory),
    createMessage: Store.createMessage,
    makeRouter: (store) => {
      const router = new SqsRouter(store);
      for (const [index, action] of actions.entries()) {
        const handler = handlers[index];
        if (handler) router.register(action, handler);
      }
      return router;
    },
  };
};
