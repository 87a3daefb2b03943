/**
 * Mends: fauxqs moves a message to the dead-letter queue without the name of its source, and counts the move as a receive.
 * Why: StartMessageMoveTask returns messages to their source; an own dead-letter queue would be read without end.
 * Relies on: dequeue asks for the dead-letter queue by ARN and calls its enqueue.
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
