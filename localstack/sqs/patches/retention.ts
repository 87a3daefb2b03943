/**
 * Mends: messages are stored for ever, whatever MessageRetentionPeriod says.
 * Why: a dead-letter queue would grow without end, where AWS deletes.
 * Relies on: the lists and maps of messages of a queue.
 */
import type { FauxqsMessage, QueueStore } from '../fauxqs.ts';

const RETENTION_SECONDS_DEFAULT = 345_600;

/**
 * Deletes the messages that wait longer than their queue keeps them, by real time (epoch ms).
 * Returns how many.
 */
export const expireMessages = (store: QueueStore, now: number): number => {
  let expired = 0;
  for (const queue of store.allQueues()) {
    const oldest = now - Number(queue.attributes.MessageRetentionPeriod ?? RETENTION_SECONDS_DEFAULT) * 1_000;
    const keep = (message: FauxqsMessage): boolean => {
      if (message.sentTimestamp >= oldest) return true;
      queue.persistence?.deleteMessage(message.messageId);
      expired += 1;
      return false;
    };
    queue.messages = queue.messages.filter(keep);
    queue.delayedMessages = queue.delayedMessages.filter(keep);
    for (const groups of [queue.fifoMessages, queue.fifoDelayed])
      for (const [group, messages] of groups) groups.set(group, messages.filter(keep));
  }
  return expired;
};
