/** Makes schedule entries of far timers, and deletes the entries of stale timers. */

import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import { hash32 } from '../../platform/random.ts';
import type { ScheduleMessage } from '../../schema/messages.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { NotificationStore } from '../repository.ts';
import { NEAR_MS } from '../state/client-commands.ts';
import type { SchedulePort, Timer, TimerPort } from '../timer.ts';

const MINUTE_MS = 60_000;
/**
 * EventBridge fires anywhere within 60 s of the minute and 1,000 a second by default: early and
 * spread hides both.
 */
const EARLY_MIN_MS = 2 * MINUTE_MS;
const SPREAD_MINUTES = 9;

/** A whole minute in (due - 12 min, due - 2 min], spread by a hash of the id. */
export const fireAt = (timer: Pick<Timer, 'id' | 'due'>): number => {
  const latest = timer.due - EARLY_MIN_MS - (hash32(timer.id) % (SPREAD_MINUTES + 1)) * MINUTE_MS;
  return Math.floor(latest / MINUTE_MS) * MINUTE_MS;
};

export const makeScheduleService = (ports: {
  notifications: Pick<NotificationStore, 'get' | 'markScheduled'>;
  schedules: SchedulePort;
  timer: TimerPort;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  graceMs: number;
}) => {
  /**
   * The entry stays only for the timer that still holds; what was canceled, rescheduled or stopped
   * meanwhile takes it back.
   */
  const create = async (timer: Timer): Promise<void> => {
    await ports.schedules.create(timer, fireAt(timer));
    const { id, seq: timerSeq } = timer;
    const nextCheckAt = timer.due + ports.graceMs;
    const mark = await ports.notifications.markScheduled({ id, timerSeq, nextCheckAt, writeId: ports.random.token() });
    if (mark.written) return ports.metrics.notificationScheduled();
    const { current } = mark;
    const holds = current?.timerSeq === timerSeq && (current.status === 'SCHEDULED' || current.status === 'RETRYING');
    if (!holds) await ports.schedules.remove(timer);
  };

  return {
    handle: async (message: ScheduleMessage): Promise<void> => {
      if (message.kind === 'unschedule') return ports.schedules.remove(message);
      if (message.due - ports.clock.now() <= NEAR_MS) return ports.timer.arm(message);
      return create(message);
    },
  };
};
