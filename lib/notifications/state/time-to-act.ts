/** When a channel may act, and until when: its window and its expiry, judged in one place. */
import { durationMs } from '../../schema/duration.ts';
import { omit } from '../../schema/omit.ts';
import { type ChannelRecord, closed, isOpenChannel, mapChannels } from '../channel-record.ts';
import type { Notification } from '../notification.ts';
import { windowAt } from '../window.ts';

export interface Rules extends Pick<Notification, 'sendAt' | 'timing' | 'window'> {
  expiresAfter?: string | undefined;
}
/** From `at` to before `closesAt`, which is absent when it may act at any later time too; epoch ms. */
type TimeToAct = { at: number; closesAt?: number } | { ended: 'expired' | 'window' };

/** The first instant at which it may no longer act. */
export const expiryTime = ({ sendAt, expiresAfter }: Pick<Rules, 'sendAt' | 'expiresAfter'>): number =>
  expiresAfter === undefined ? Number.POSITIVE_INFINITY : sendAt + durationMs(expiresAfter);

const spanOf = ({ window, timing }: Rules, at: number) =>
  window ? windowAt(window, window.timezone ?? timing.timezone ?? 'UTC', at) : undefined;

/**
 * The time to act of what was to act at `at`: moved into its window, from where lateness counts. One that
 * has missed its window waits for the next, unless it is to be dropped: then its own window alone counts.
 */
export const timeToAct = (item: Rules, at: number, now: number): TimeToAct => {
  const isDropped = item.window?.outside === 'drop';
  const span = spanOf(item, isDropped ? at : Math.max(at, now));
  const moved = Math.max(at, span?.opens ?? at);
  if (isDropped && moved > at) return { ended: 'window' };
  const expiry = expiryTime(item);
  const closesAt = Math.min(span?.closes ?? Number.POSITIVE_INFINITY, expiry);
  if (Math.max(moved, now) >= closesAt) return { ended: closesAt === expiry ? 'expired' : 'window' };
  return { at: moved, ...(closesAt !== Number.POSITIVE_INFINITY && { closesAt }) };
};

/** When it was first to be sent: receivers measure from there how late it is. */
export const firstTimeToAct = (item: Rules): number => {
  const act = timeToAct(item, item.sendAt, item.sendAt);
  return 'at' in act ? act.at : item.sendAt;
};

/** Why what was due is not sent, once it is too late for it. */
export const lateReason = (item: Rules & Pick<Notification, 'dueAt'>, now: number): 'expired' | 'window' => {
  const act = timeToAct(item, item.dueAt, now);
  return 'ended' in act ? act.ended : 'window';
};

/** The channel at its time to act; ended where it has none any more. */
export const admitted = (item: Rules, channel: ChannelRecord, now: number): ChannelRecord => {
  if (!isOpenChannel(channel) || channel.nextAttemptAt === undefined) return channel;
  const act = timeToAct(item, channel.nextAttemptAt, now);
  if ('ended' in act) return closed(channel, act.ended === 'expired' ? 'failed' : 'stopped', act.ended);
  return act.at === channel.nextAttemptAt ? channel : { ...channel, nextAttemptAt: act.at, lastError: 'window' };
};

const closesAtOf = (act: TimeToAct): Pick<Notification, 'closesAt'> =>
  'at' in act && act.closesAt !== undefined ? { closesAt: act.closesAt } : {};

/** With each open channel at its time to act; `dueAt` and `closesAt` are those of the earliest. */
export const planned = (item: Notification, now: number): Notification => {
  const channels = mapChannels(item, (channel) => admitted(item, channel, now));
  const times = Object.values(channels).flatMap((channel) =>
    isOpenChannel(channel) ? [channel.nextAttemptAt ?? now] : [],
  );
  const next = { ...omit(item, 'closesAt'), channels };
  if (times.length === 0) return next;
  const dueAt = Math.min(...times);
  return { ...next, dueAt, ...closesAtOf(timeToAct(item, dueAt, now)) };
};
