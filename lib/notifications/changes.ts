/**
 * How a step of the state machine becomes true: the event's TTL first, then one conditional write,
 * then counts and hand-offs.
 */
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { expiryOf } from '../store/retention.ts';
import { updateItem } from '../store/update-item.ts';
import type { Log } from '../telemetry/log-interface.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { channelEntries } from './channel-record.ts';
import { makeHandOff } from './hand-off.ts';
import { isOpen, type Notification } from './notification.ts';
import type { EventRetention, NotificationStore } from './repository.ts';
import type { Policy, Step, WriteContext } from './state/client-commands.ts';
import type { TimerPort } from './timer.ts';

/** An event stays readable for a while after the last of its notifications has gone. */
const EVENT_OUTLIVES_SECONDS = 86_400;

export interface ChangePorts {
  notifications: NotificationStore;
  events: EventRetention;
  timer: TimerPort;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  log: Log;
  policy: Policy;
}

/** What a step is decided under, now. */
export const writeContextOf = ({
  clock,
  random,
  policy,
}: Pick<ChangePorts, 'clock' | 'random' | 'policy'>): WriteContext => ({
  now: clock.now(),
  real: clock.real(),
  writeId: random.token(),
  fraction: random.fraction,
  policy,
});

export const makeChanges = (ports: ChangePorts) => {
  const { notifications, events, metrics } = ports;
  const handOff = makeHandOff(ports);
  const writeContext = (): WriteContext => writeContextOf(ports);

  /**
   * An event outlives its notifications, and has its own retention from then on: its TTL goes when
   * one of them opens again, and moves forward before one gets its own.
   */
  const keepEvent = async (before: Notification, after: Notification): Promise<void> => {
    if (after.eventId === undefined || before.expiresAt === after.expiresAt) return;
    const own = expiryOf(after, 'events', { now: ports.clock.now(), policy: ports.policy });
    const expiresAt = after.expiresAt && Math.max(after.expiresAt + EVENT_OUTLIVES_SECONDS, own);
    await events.keepUntil(after.eventId, expiresAt);
  };

  const countEnd = (after: Notification): void => {
    if (isOpen(after)) return;
    if (after.status === 'SENT') metrics.notificationSent();
    else if (after.status === 'CANCELED') metrics.notificationCanceled();
    else {
      const failed = channelEntries(after).find(([, channel]) => channel.state === 'failed');
      metrics.notificationFailed({
        reason: failed ? (failed[1].lastError ?? 'unknown') : (after.statusReason ?? 'stopped'),
      });
      if (failed) metrics.deadLetter({ kind: 'delivery' });
    }
  };

  const replace = async (next: Notification, before: Notification) => {
    await keepEvent(before, next);
    const result = await notifications.replace(next, before.writeId);
    const isReopening = before.expiresAt !== undefined && next.expiresAt === undefined;
    if (!result.written && isReopening) await keepEvent(next, result.current ?? before);
    return result;
  };

  return {
    writeContext,
    handOff,

    /** What was created, which may have ended by that: its due time has passed, or its window drops it. */
    countCreated: (item: Notification): void => {
      metrics.notificationCreated({ type: item.type });
      countEnd(item);
    },

    /**
     * Decides on the item as it is, and again when another writer was faster. `decide` returns the
     * step, undefined for "nothing to do any more", or throws. Answers the item after the step;
     * undefined when there is none.
     */
    apply: async (
      current: Notification | undefined,
      decide: (item: Notification) => Step | undefined | Promise<Step | undefined>,
    ): Promise<{ item: Notification | undefined; moved: boolean }> => {
      let step = undefined as Step | undefined;
      const { before, after, isWritten } = await updateItem(replace, current, async (item) => {
        step = await decide(item);
        return step?.next ?? item;
      });
      if (isWritten && before && after) {
        if (before.status !== after.status) countEnd(after);
        await handOff(step?.effects ?? []);
      }
      return { item: after, moved: isWritten };
    },
  };
};
