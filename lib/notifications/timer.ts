import type { Owner } from '../schema/priority.ts';
import type { Notification } from './notification.ts';

/**
 * A time to act. `seq` is the item's `timerSeq` when it was armed; `due` the business time. Whose it
 * is: queues are fair between tenants, and between each tenant's priorities.
 */
export interface Timer extends Owner {
  id: string;
  seq: number;
  due: number;
}

/** The present timer of an item. */
export const timerOf = ({ id, tenant, timerSeq: seq, dueAt: due, priority }: Notification): Timer => ({
  ...{ id, tenant, seq, due },
  ...(priority && { priority }),
});

/**
 * Hands timers on. Throws when the hand-off failed; the caller logs and counts it, the reconciler
 * repairs it.
 */
export interface TimerPort {
  /**
   * Near (<= 15 min or past) -> delivery queue with a delay in whole seconds (floor); later ->
   * schedule queue.
   * @param canWait some milliseconds, for others to go in the same call
   */
  arm(timer: Timer, options?: { canWait: boolean }): Promise<void>;
  /** Enqueues the deletion of the schedule entry that `arm` may have led to. Clean-up, never the decision. */
  disarm(timer: Omit<Timer, 'due'>): Promise<void>;
}

/** EventBridge Scheduler, one-time entries named `<id>-<seq>`; create and remove are idempotent. */
export interface SchedulePort {
  create(timer: Timer, fireAt: number): Promise<void>;
  remove(timer: { id: string; seq: number }): Promise<void>;
}
