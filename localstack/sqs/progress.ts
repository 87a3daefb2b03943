import type { FauxqsMessage, FauxqsQueue, QueueStore } from './fauxqs.ts';

/** Longer than the longest poll, 20 s: a queue that was not polled for so long has no consumer. */
const CONSUMER_GONE_MS = 25_000;
const SECOND_MS = 1_000;

/** A delay counts whole seconds; a message of the service names its exact due time. */
const dueOf = ({ body }: FauxqsMessage, delayedTo: number): number => {
  let due: unknown;
  try {
    due = (JSON.parse(body) as { due?: unknown } | null)?.due;
  } catch {
    return delayedTo; // not of the service: a body need not be JSON
  }
  return Number.isInteger(due) ? Math.max(delayedTo, Math.min(Number(due), delayedTo + SECOND_MS)) : delayedTo;
};

const delayedOf = ({ delayedMessages, fifoDelayed }: FauxqsQueue): FauxqsMessage[] =>
  fifoDelayed.size === 0 ? delayedMessages : [delayedMessages, ...fifoDelayed.values()].flat();

/** Where an advance of the virtual clock stops, and what it waits for. */
export const makeQueueProgress = (store: QueueStore) => {
  const polledAt = new Map<string, number>();

  const hasConsumer = (queue: FauxqsQueue, now: number): boolean =>
    queue.pollWaiters.length > 0 || now - (polledAt.get(queue.url) ?? Number.NEGATIVE_INFINITY) < CONSUMER_GONE_MS;

  return {
    /** A consumer receives from the queue. */
    notePoll: (queueUrl: unknown): void => {
      const queue = store.getQueue(String(queueUrl));
      if (queue) polledAt.set(queue.url, performance.now());
    },
    /** When the next delayed message is due, epoch ms of business time. */
    nextDue: (offset: number): number | undefined => {
      let next = Number.POSITIVE_INFINITY;
      for (const queue of store.allQueues())
        for (const message of delayedOf(queue)) {
          const delayedTo = (message.delayUntil ?? 0) + offset;
          if (delayedTo < next) next = Math.min(next, dueOf(message, delayedTo));
        }
      return Number.isFinite(next) ? next : undefined;
    },
    /** Ids of messages that a consumer has, or is about to receive. */
    *inProgress(): Generator<string> {
      const now = performance.now();
      for (const queue of store.allQueues()) {
        queue.processTimers();
        for (const { message } of queue.inflightMessages.values()) yield message.messageId;
        if (!hasConsumer(queue, now)) continue;
        for (const message of [queue.messages, ...queue.fifoMessages.values()].flat()) yield message.messageId;
      }
    },
  };
};
