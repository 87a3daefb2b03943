/**
 * The state machine, pure. This half has the commands of clients, `worker-steps.ts` the steps of
 * workers: (item, command or message, write context) -> the next item and the effects to carry out
 * once it is stored, or a refusal.
 */

import { isDeepStrictEqual } from 'node:util';
import type { ChannelName } from '../../schema/channel-names.ts';
import { omit } from '../../schema/omit.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import type { StatusReason } from '../../schema/reasons.ts';
import type { RetryPolicy } from '../../schema/retry-schedule.ts';
import { expiryOf, type Retention } from '../../store/retention.ts';
import {
  type ChannelRecord,
  channelEntries,
  closed,
  deferralOf,
  endReason,
  isOpenChannel,
  mapChannels,
  namesHeld,
  newChannel,
  withoutDeferral,
} from '../channel-record.ts';
import { newestTextVersion } from '../content/built-in-texts.ts';
import type { Due, Timing } from '../due-time.ts';
import { type Draft, isOpen, type Notification } from '../notification.ts';
import { type Timer, timerOf } from '../timer.ts';
import { planned, timeToAct } from './time-to-act.ts';

export const NEAR_MS = 15 * 60_000;
const FIRST_CHECK_MS = 2 * 60_000;

export interface WriteContext {
  /** Business time. */
  now: number;
  /** Wall-clock time, for leases. */
  real: number;
  writeId: string;
  /** Uniform in [0, 1), for jitter. */
  fraction: () => number;
  policy: Policy;
}

export interface Policy extends Retention {
  retry: RetryPolicy;
  /** How long after its due time the reconciler starts to miss a claim, ms; longer than a lease. */
  graceMs: number;
}

export type Effect = { do: 'arm'; timer: Timer } | { do: 'disarm'; timer: Omit<Timer, 'due'> };
export type Moved = { moved: true; next: Notification; effects: Effect[] };
/** Nothing to write: the answer is the item as it is. */
export type Same = { moved: false; next: Notification; effects: [] };
export type Refused = { refused: 'already-attempted' | 'already-ended' | 'not-failed'; because?: 'expired' | 'window' };
export type Step = Moved | Same;

export const same = (item: Notification): Same => ({ moved: false, next: item, effects: [] });
export const arm = (item: Notification): Effect => ({ do: 'arm', timer: timerOf(item) });

/** Deletes the schedule entry of the present timer. A near timer has none: deleting it again is success. */
export const disarm = (item: Notification): Effect[] =>
  item.status === 'SCHEDULED' || item.status === 'RETRYING'
    ? [{ do: 'disarm', timer: omit(timerOf(item), 'due') }]
    : [];

export const write = (item: Notification, context: WriteContext, changes: Partial<Notification>): Notification => ({
  ...item,
  ...changes,
  updatedAt: context.now,
  writeId: context.writeId,
});

/** What is due beyond 15 minutes needs a schedule entry soon, else a claim by its due time. */
const firstCheckAt = (dueAt: number, context: WriteContext): number =>
  dueAt - context.now > NEAR_MS ? context.now + FIRST_CHECK_MS : dueAt + context.policy.graceMs;

/**
 * It leaves the reconciler's index, and may expire from now on, though never within 7 days of its
 * creation.
 */
const end = (item: Notification, status: 'SENT' | 'FAILED' | 'CANCELED', context: WriteContext): Notification => ({
  ...omit(item, 'lease', 'nextCheckAt', 'closesAt'),
  status,
  checks: 0,
  endedAt: context.now,
  expiresAt: expiryOf(item, status, context),
});

/** Its end by its channels, none of which is open. What was never claimed, and did not fail, is canceled. */
const ended = (item: Notification, context: WriteContext): Moved => {
  const states = new Set(channelEntries(item).map(([, channel]) => channel.state));
  const make = (status: 'SENT' | 'FAILED' | 'CANCELED', changes: Partial<Notification> = {}): Moved => ({
    moved: true,
    next: { ...end(item, status, context), ...changes },
    effects: [],
  });
  if (!states.has('failed') && !states.has('stopped')) return make('SENT', { sentAt: context.now });
  const reason = omitUndefined({ statusReason: endReason(item) });
  if (states.has('failed')) return make('FAILED', { ...reason, firstFailedAt: item.firstFailedAt ?? context.now });
  return make(item.firstClaimedAt === undefined ? 'CANCELED' : 'FAILED', reason);
};

/**
 * The status by its channels while there is no claim: SENT, FAILED, or waiting for the earliest next
 * attempt, each moved to its time to act.
 */
export const settle = (given: Notification, context: WriteContext): Moved => {
  const item = omit(planned(given, context.now), 'lease');
  if (!channelEntries(item).some(([, channel]) => isOpenChannel(channel))) return ended(item, context);
  const isFirst = item.firstClaimedAt === undefined;
  const next: Notification = {
    ...item,
    status: isFirst ? 'PENDING' : 'RETRYING',
    timerSeq: item.timerSeq + 1,
    nextCheckAt: isFirst ? firstCheckAt(item.dueAt, context) : item.dueAt + context.policy.graceMs,
    checks: 0,
    returns: 0,
  };
  return { moved: true, next, effects: [arm(next)] };
};

/** Ended before anything was attempted. */
const canceled = (item: Notification, context: WriteContext, statusReason?: StatusReason): Notification => {
  const channels = mapChannels(item, (channel) => closed(channel, 'stopped'));
  return end({ ...item, channels, ...(statusReason && { statusReason }) }, 'CANCELED', context);
};

const skipped = (item: Notification, context: WriteContext): Moved => {
  return { moved: true, next: canceled(item, context, 'past'), effects: [] };
};

/**
 * One whose due time has passed, and which asked to be skipped then, is created CANCELED, as is one that
 * its window drops.
 * @param canceledBy the bulk cancel that covers it already: then it is CANCELED too
 */
export const create = (draft: Draft, due: Due, context: WriteContext, canceledBy?: string): Moved => {
  const { to, ...rest } = draft;
  const { isSkipped, ...times } = due;
  const channels = Object.fromEntries(
    Object.entries(to).map(([name, address]) => [name, newChannel(address, times.sendAt)]),
  );
  const made: Notification = {
    ...rest,
    ...newestTextVersion(),
    ...times,
    status: 'PENDING',
    channels,
    attempts: [],
    version: 1,
    timerSeq: 0,
    dueAt: times.sendAt,
    checks: 0,
    returns: 0,
    createdAt: context.now,
    updatedAt: context.now,
    writeId: context.writeId,
  };
  if (canceledBy !== undefined)
    return { moved: true, next: canceled({ ...made, timerSeq: 1, bulkJob: canceledBy }, context, 'bulk'), effects: [] };
  const moved = isSkipped ? skipped(made, context) : settle(made, context);
  return { ...moved, next: { ...moved.next, timerSeq: 1 } };
};

const EXPIRED: Refused = { refused: 'already-ended', because: 'expired' };
const isExpired = (item: Notification): boolean => item.status === 'FAILED' && item.statusReason === 'expired';

const neverClaimed = (item: Notification): boolean =>
  (item.status === 'PENDING' || item.status === 'SCHEDULED') && item.firstClaimedAt === undefined;

/** Why it cannot be edited: it was claimed, or it has ended. */
export const editRefusal = (item: Notification): Refused | undefined => {
  if (neverClaimed(item)) return undefined;
  const hasEnded = item.status === 'CANCELED' || (item.status === 'FAILED' && item.firstClaimedAt === undefined);
  return { refused: hasEnded ? 'already-ended' : 'already-attempted' };
};

/** What a client changed; `edited.ts` makes it of a PATCH. */
export interface Edited {
  /** With its new content and recipients. */
  item: Notification;
  /** Where the timer is set again. */
  time?: { timing: Timing; due: Due };
}

/** The messages of a timer carry the priority; window and expiry decide when it is. */
const hasSameTimer = (a: Notification, b: Notification): boolean =>
  isDeepStrictEqual([a.window, a.expiresAfter, a.priority], [b.window, b.expiresAfter, b.priority]);

const sameDue = ({ timing, sendAt, targetDate }: Notification): NonNullable<Edited['time']> => {
  return { timing, due: { sendAt, ...omitUndefined({ targetDate }) } };
};

/**
 * While never claimed. Content alone moves no timer: whichever message comes, its claim takes what is
 * stored then. With a new time, window, expiry or priority, `timerSeq` makes the old timer stale.
 */
export const edit = (item: Notification, edited: Edited, context: WriteContext): Moved | Refused => {
  const refused = editRefusal(item);
  if (refused) return refused;
  const channels = mapChannels(edited.item, (channel) => ({ ...deferralOf(item, channel), ...channel }));
  const next = write({ ...edited.item, channels }, context, { version: item.version + 1, editedAt: context.now });
  const time = edited.time ?? (hasSameTimer(next, item) ? undefined : sameDue(item));
  return time ? reschedule(item, next, time, context) : { moved: true, next, effects: [] };
};

const reschedule = (
  before: Notification,
  edited: Notification,
  { timing, due: { isSkipped, ...times } }: NonNullable<Edited['time']>,
  context: WriteContext,
): Moved => {
  const next: Notification = {
    ...omit(edited, 'targetDate'),
    timing,
    ...times,
    channels: mapChannels(edited, (channel) =>
      isOpenChannel(channel)
        ? { ...withoutDeferral(channel), nextAttemptAt: Math.max(times.sendAt, context.now) }
        : channel,
    ),
  };
  const moved = isSkipped
    ? skipped({ ...next, dueAt: times.sendAt, timerSeq: next.timerSeq + 1 }, context)
    : settle(next, context);
  return { ...moved, effects: [...disarm(before), ...moved.effects] };
};

/**
 * Definite: only while never claimed, which is possible also for what ended `unprocessable` and
 * could be redriven. Repeating it repeats the answer.
 */
export const cancel = (item: Notification, context: WriteContext): Step | Refused => {
  if (item.status === 'CANCELED') return same(item);
  if (isExpired(item)) return EXPIRED;
  if (item.firstClaimedAt !== undefined) return { refused: 'already-attempted' };
  const moved = write(item, context, { version: item.version + 1, timerSeq: item.timerSeq + 1 });
  const next = canceled(moved, context);
  return { moved: true, next, effects: disarm(item) };
};

/**
 * No further attempts. What a live claim holds may finish; everything else that is open is stopped
 * at once.
 */
export const stop = (item: Notification, context: WriteContext): Step | Refused => {
  if (item.firstClaimedAt === undefined) return cancel(item, context);
  // What was in flight when it was stopped may have been sent: then it has ended, and there is no
  // stop to repeat.
  if (item.stoppedAt !== undefined && item.status !== 'SENT') return same(item);
  if (!isOpen(item)) return { refused: 'already-ended' };
  const held = namesHeld(item);
  const stopped = write(item, context, {
    stoppedAt: context.now,
    channels: mapChannels(item, (channel, name) =>
      isOpenChannel(channel) && !held.has(name) ? closed(channel, 'stopped') : channel,
    ),
    version: item.version + 1,
    timerSeq: item.timerSeq + 1,
  });
  if (item.lease) return { moved: true, next: stopped, effects: [] };
  return { ...settle(stopped, context), effects: disarm(item) };
};

export interface RetryOptions {
  redrive?: boolean;
  /** This channel alone; the others stay as they ended. */
  channel?: ChannelName;
}

/**
 * Its failed channels start the retry schedule again, now or when their window opens. One that was never
 * claimed (unprocessable) can be canceled again. What expired has ended for good; what a window drops can be
 * retried while it is open.
 */
export const retry = (item: Notification, context: WriteContext, options: RetryOptions = {}): Moved | Refused => {
  const isMeant = (channel: ChannelRecord, name: ChannelName): boolean =>
    channel.state === 'failed' && (options.channel === undefined || name === options.channel);
  const meant = channelEntries(item).filter(([name, channel]) => isMeant(channel, name));
  // What was erased has no recipient.
  if (item.status !== 'FAILED' || item.erasedAt !== undefined || meant.length === 0) return { refused: 'not-failed' };
  if (meant.every(([, { lastError }]) => lastError === 'expired')) return EXPIRED;
  const act = timeToAct(item, context.now, context.now);
  if ('ended' in act) return { refused: 'already-ended', because: act.ended };
  const next = write(omit(item, 'stoppedAt', 'expiresAt', 'endedAt', 'statusReason'), context, {
    channels: mapChannels(item, (channel, name) =>
      isMeant(channel, name) && channel.lastError !== 'expired'
        ? { ...channel, state: 'retrying', roundFrom: channel.attempts, nextAttemptAt: context.now }
        : channel,
    ),
    version: item.version + 1,
    editedAt: context.now,
    ...(options.redrive && { redrivenAt: context.now }),
  });
  return settle(next, context);
};
