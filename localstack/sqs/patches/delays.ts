import type { Persistence, QueueStore } from '../fauxqs.ts';

/**
 * What an advance of the virtual clock does to queues: what waits for its delay comes nearer by the advance; visibility of
 * what is in flight, and retention, stay on real time. How far the queues have followed is kept beside the messages and
 * moves in the same transaction, so that a crash between clock and queues is made good at the next start, and no
 * advance is applied twice.
 */
export const makeQueueTime = (store: QueueStore, persistence: Persistence) => {
  const { db } = persistence;
  db.exec('CREATE TABLE IF NOT EXISTS followed_clock (id INTEGER PRIMARY KEY CHECK (id = 1), offset_ms REAL NOT NULL)');
  db.exec('INSERT OR IGNORE INTO followed_clock VALUES (1, 0)');
  const readFollowed = db.prepare('SELECT offset_ms FROM followed_clock');
  const writeFollowed = db.prepare('UPDATE followed_clock SET offset_ms = ?');
  const shiftDelayed = db.prepare(
    'UPDATE sqs_messages SET delay_until = delay_until - ? WHERE delay_until > ? AND receipt_handle IS NULL',
  );

  const shiftInMemory = (byMs: number): void => {
    for (const queue of store.allQueues()) {
      const delayed = [queue.delayedMessages, ...queue.fifoDelayed.values()].flat();
      for (const message of delayed) if (message.delayUntil) message.delayUntil -= byMs;
      queue.processTimers();
    }
  };

  const follow = (offset: number): number => {
    const followed = Number(readFollowed.get()?.offset_ms ?? 0);
    const byMs = offset - followed;
    // The clock's file was removed: what follows counts from here.
    if (byMs < 0) writeFollowed.run(offset);
    if (byMs <= 0) return 0;
    persistence.transaction(() => {
      shiftDelayed.run(byMs, Date.now());
      writeFollowed.run(offset);
    });
    return byMs;
  };

  return {
    /** Before the messages are loaded: on disk only. */
    catchUp: (offset: number): void => {
      follow(offset);
    },
    /** While running: on disk and in memory. */
    advanceTo: (offset: number): void => {
      const byMs = follow(offset);
      if (byMs > 0) shiftInMemory(byMs);
    },
  };
};

/** Deletes what is older than its queue's MessageRetentionPeriod, which fauxqs keeps forever. Returns how many. */
export const expireMessages = (store: QueueStore, now: number): number => {
  let expired = 0;
  for (const queue of store.allQueues()) {
    const oldest = now - Number(queue.attributes.MessageRetentionPeriod ?? 345_600) * 1_000;
    const keep = (message: { messageId: string; sentTimestamp: number }): boolean => {
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
