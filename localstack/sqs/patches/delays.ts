/**
 * Mends: delays count by the wall clock, which an advance of the virtual clock does not move.
 * Why: an advance brings delayed messages nearer. Visibility and retention stay on real time.
 * Relies on: delay_until of sqs_messages, and the lists of delayed messages of a queue.
 */
import type { Persistence, QueueStore } from '../fauxqs.ts';

/**
 * The offset that the queues follow changes in one transaction with the messages: after a crash
 * they catch up at the next start, and no advance applies twice.
 */
export const followClock = (store: QueueStore, persistence: Persistence) => {
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
    // The file of the clock was removed: what follows counts from here.
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
