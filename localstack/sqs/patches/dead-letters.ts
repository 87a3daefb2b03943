/**
 * Mends: a dead letter has no source, and its move counts as a receive.
 * Why: a move task returns it to its source. A queue that is its own would be read without end.
 * Relies on: dequeue asks for the dead-letter queue by ARN, and calls its enqueue.
 */
import type { FauxqsQueue, QueueStore } from '../fauxqs.ts';

/** Finds the dead-letter queue for a receive of `source`. */
export const deadLettersOf = (store: QueueStore, source: FauxqsQueue) => (arn: string) => {
  const target = store.getQueueByArn(arn);
  if (!target || target === source) return undefined;
  const enqueue: FauxqsQueue['enqueue'] = (message) => {
    message.approximateReceiveCount -= 1;
    message.systemAttributes = { ...message.systemAttributes, DeadLetterQueueSourceArn: source.arn };
    if (target.isFifo()) message.sequenceNumber = target.nextSequenceNumber();
    target.enqueue(message);
  };
  return { enqueue };
};
