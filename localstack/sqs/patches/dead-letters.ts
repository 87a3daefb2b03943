import type { FauxqsQueue, QueueStore } from '../fauxqs.ts';

/**
 * Finds the dead-letter queue for a receive of `source`. fauxqs moves messages there without the
 * name of their source, and counts the move as a receive.
 */
export const deadLettersOf = (store: QueueStore, source: FauxqsQueue) => (arn: string) => {
  const target = store.getQueueByArn(arn);
  // A queue that is its own dead-letter queue would be given back what it moves away, without end.
  if (!target || target === source) return undefined;
  const enqueue: FauxqsQueue['enqueue'] = (message) => {
    message.approximateReceiveCount -= 1;
    message.systemAttributes = { ...message.systemAttributes, DeadLetterQueueSourceArn: source.arn };
    if (target.isFifo()) message.sequenceNumber = target.nextSequenceNumber();
    target.enqueue(message);
  };
  return { enqueue };
};
