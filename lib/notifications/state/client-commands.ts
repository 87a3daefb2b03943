/**
 * The state machine, pure. This half has the commands of clients, `worker-steps.ts` the steps of
 * workers: (item, command or message, write context) -> the next item and the effects to carry out
 * once it is stored, or a refusal.
 */

import type { ChannelName } from '../../schema/channel-names.ts';
import { omit } from '../../schema/omit.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { isStatusReason, type StatusReason } from '../../schema/reasons.ts';
import type { RetryPolicy } from '../../schema/retry-schedule.ts';
import { expiryOf, type Retention } from '../../store/retention.ts';
import { type ChannelRecord, channelEntries, isOpenChannel, namesHeld, newChannel } from '../channel-record.ts';
import { newestTextVersion } from '../content/built-in-texts.ts';
import type { Due, Timing } from '../due-time.ts';
import { type Draft, isOpen, type Notification } from '../notification.ts';
import { type Timer, timerOf } from '../timer.ts';

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
export type Refused = { refused: 'already-attempted' | 'already-ended' | 'not-failed' };
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

export const mapChannels = (
  item: Notification,
  change: (channel: ChannelRecord, name: ChannelName) => ChannelRecord,
): Notification['channels'] =>
  Object.fromEntries(channelEntries(item).map(([name, channel]) => [name, change(channel, name)]));

export const closed = (channel: ChannelRecord, state: 'stopped' | 'failed', error?: string): ChannelRecord => {
  const { nextAttemptAt: _, slotAt: __, ...rest } = channel;
  return { ...rest, state, ...(error !== undefined && { lastError: error }) };
};

/**
 * It leaves the reconciler's index, and may expire from now on, though never within 7 days of its
 * creation.
 */
const end = (item: Notification, status: 'SENT' | 'FAILED' | 'CANCELED', context: WriteContext): Notification => ({
  ...omit(item, 'lease', 'nextCheckAt'),
  status,
  checks: 0,
  endedAt: context.now,
  expiresAt: expiryOf(item, status, context),
});

const hasFailed = (item: Notification): boolean => channelEntries(item).some(([, c]) => c.state === 'failed');

/** What stopped a channel where no command did. */
const stopReason = (item: Notification): StatusReason | undefined =>
  channelEntries(item)
    .map(([, { state, lastError }]) => (state === 'stopped' ? lastError : undefined))
    .find(isStatusReason);

/**
 * The status by its channels while there is no claim: SENT, FAILED, or RETRYING at the earliest
 * next attempt.
 */
export const settle = (item: Notification, context: WriteContext): Moved => {
  const channels = channelEntries(item).map(([, channel]) => channel);
  const open = channels.filter(isOpenChannel);
  if (open.length === 0) {
    if (channels.every((channel) => channel.state === 'sent')) {
      return { moved: true, next: { ...end(item, 'SENT', context), sentAt: context.now }, effects: [] };
    }
    const ended = end(item, 'FAILED', context);
    const next = hasFailed(item)
      ? { ...ended, firstFailedAt: item.firstFailedAt ?? context.now }
      : { ...ended, ...omitUndefined({ statusReason: stopReason(item) }) };
    return { moved: true, next, effects: [] };
  }
  const dueAt = Math.min(...open.map((channel) => channel.nextAttemptAt ?? context.now));
  const next: Notification = {
    ...omit(item, 'lease'),
    status: 'RETRYING',
    dueAt,
    timerSeq: item.timerSeq + 1,
    nextCheckAt: dueAt + context.policy.graceMs,
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

/**
 * One whose due time has passed, and which asked to be skipped then, gets no timer.
 * @param canceledBy the bulk cancel that covers it already
 */
export const create = (draft: Draft, due: Due, context: WriteContext, canceledBy?: string): Moved => {
  const { to, ...rest } = draft;
  const { isSkipped, ...times } = due;
  const channels = Object.fromEntries(
    Object.entries(to).map(([name, address]) => [name, newChannel(address, times.sendAt)]),
  );
  const next: Notification = {
    ...rest,
    ...newestTextVersion(),
    ...times,
    status: 'PENDING',
    channels,
    attempts: [],
    version: 1,
    timerSeq: 1,
    dueAt: times.sendAt,
    nextCheckAt: firstCheckAt(times.sendAt, context),
    checks: 0,
    returns: 0,
    createdAt: context.now,
    updatedAt: context.now,
    writeId: context.writeId,
  };
  if (canceledBy !== undefined)
    return { moved: true, next: canceled({ ...next, bulkJob: canceledBy }, context, 'bulk'), effects: [] };
  if (isSkipped) return { moved: true, next: canceled(next, context, 'past'), effects: [] };
  return { moved: true, next, effects: [arm(next)] };
};

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

/**
 * While never claimed. Content alone moves no timer: whichever message comes, its claim takes what is
 * stored then. With a new time, `timerSeq` makes the old timer stale.
 */
export const edit = (item: Notification, edited: Edited, context: WriteContext): Moved | Refused => {
  const refused = editRefusal(item);
  if (refused) return refused;
  const next = write(edited.item, context, { version: item.version + 1, editedAt: context.now });
  return edited.time ? reschedule(item, next, edited.time, context) : { moved: true, next, effects: [] };
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
    status: 'PENDING',
    dueAt: times.sendAt,
    channels: mapChannels(edited, (channel) =>
      isOpenChannel(channel) ? { ...channel, nextAttemptAt: times.sendAt } : channel,
    ),
    timerSeq: edited.timerSeq + 1,
    nextCheckAt: firstCheckAt(times.sendAt, context),
    checks: 0,
  };
  if (isSkipped) return { moved: true, next: canceled(next, context, 'past'), effects: disarm(before) };
  return { moved: true, next, effects: [...disarm(before), arm(next)] };
};

/**
 * Definite: only while never claimed, which is possible also for what ended `unprocessable` and
 * could be redriven. Repeating it repeats the answer.
 */
export const cancel = (item: Notification, context: WriteContext): Step | Refused => {
  if (item.status === 'CANCELED') return same(item);
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
 * Its failed channels start the retry schedule again, now. One that was never claimed
 * (unprocessable) can be canceled again.
 */
export const retry = (item: Notification, context: WriteContext, options: RetryOptions = {}): Moved | Refused => {
  const isMeant = (channel: ChannelRecord, name: ChannelName): boolean =>
    channel.state === 'failed' && (options.channel === undefined || name === options.channel);
  // What was erased has no recipient.
  const isMeantHere = item.erasedAt === undefined && channelEntries(item).some(([name, c]) => isMeant(c, name));
  if (item.status !== 'FAILED' || !isMeantHere) return { refused: 'not-failed' };
  const next = write(omit(item, 'stoppedAt', 'expiresAt', 'endedAt', 'statusReason'), context, {
    status: item.firstClaimedAt === undefined ? 'PENDING' : 'RETRYING',
    channels: mapChannels(item, (channel, name) =>
      isMeant(channel, name)
        ? { ...channel, state: 'retrying', roundFrom: channel.attempts, nextAttemptAt: context.now }
        : channel,
    ),
    version: item.version + 1,
    timerSeq: item.timerSeq + 1,
    editedAt: context.now,
    dueAt: context.now,
    nextCheckAt: context.now + context.policy.graceMs,
    checks: 0,
    returns: 0,
    ...(options.redrive && { redrivenAt: context.now }),
  });
  return { moved: true, next, effects: [arm(next)] };
};
