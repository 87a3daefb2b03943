/**
 * The state machine, pure; this half: what clients command. The other half, `worker-steps.ts`: what workers do.
 * (item, command or message, circumstances) -> the next item and the effects to carry out after it
 * is stored, or a refusal. Doors, stores and workers only carry it out. spec: "What makes it exact".
 */

import type { ChannelName } from '../../schema/channel-names.ts';
import type { RetryPolicy } from '../../schema/retry-schedule.ts';
import { expiryOf, type Retention } from '../../store/retention.ts';
import { type ChannelRecord, channelEntries, heldChannels, isOpenChannel } from '../channel-record.ts';
import { newestTextVersion } from '../content/built-in-texts.ts';
import type { Due, Timing } from '../due-time.ts';
import { type Draft, isOpen, type Notification } from '../notification.ts';
import type { Timer } from '../timer.ts';

export const NEAR_MS = 15 * 60_000;
const FIRST_CHECK_MS = 2 * 60_000;

export interface Circumstances {
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
/** Nothing to write: the command's answer is the item as it is. */
export type Same = { moved: false; next: Notification; effects: [] };
export type Refused = { refused: 'already-attempted' | 'already-ended' | 'not-failed' };
export type Step = Moved | Same;

export const same = (item: Notification): Same => ({ moved: false, next: item, effects: [] });
export const arm = (item: Notification): Effect => ({
  do: 'arm',
  timer: { id: item.id, tenant: item.tenant, seq: item.timerSeq, due: item.dueAt },
});

/** The deletion of the entry that the present timer may have; a near timer has none, and 404 is success anyway. */
export const disarm = (item: Notification): Effect[] =>
  item.status === 'SCHEDULED' || item.status === 'RETRYING'
    ? [{ do: 'disarm', timer: { id: item.id, tenant: item.tenant, seq: item.timerSeq } }]
    : [];

export const write = (item: Notification, on: Circumstances, changes: Partial<Notification>): Notification => ({
  ...item,
  ...changes,
  updatedAt: on.now,
  writeId: on.writeId,
});

const without = (item: Notification, ...keys: (keyof Notification)[]): Notification => {
  const rest = { ...item };
  for (const key of keys) delete rest[key];
  return rest;
};

/** Beyond 15 minutes it needs an entry soon; else it needs a claim by its due time. */
const firstCheckAt = (dueAt: number, on: Circumstances): number =>
  dueAt - on.now > NEAR_MS ? on.now + FIRST_CHECK_MS : dueAt + on.policy.graceMs;

export const mapChannels = (
  item: Notification,
  change: (channel: ChannelRecord, name: ChannelName) => ChannelRecord,
): Notification['channels'] =>
  Object.fromEntries(channelEntries(item).map(([name, channel]) => [name, change(channel, name)]));

export const closed = (channel: ChannelRecord, state: 'stopped' | 'failed', error?: string): ChannelRecord => {
  const { nextAttemptAt: _, slotAt: __, ...rest } = channel;
  return { ...rest, state, ...(error !== undefined && { lastError: error }) };
};

/** Ended: off the reconciler's index, and from now on it may expire, though never within 7 days of its creation. */
const end = (item: Notification, status: 'SENT' | 'FAILED' | 'CANCELED', on: Circumstances): Notification => ({
  ...without(item, 'lease', 'nextCheckAt'),
  status,
  checks: 0,
  endedAt: on.now,
  expiresAt: expiryOf(item, status, on),
});

const hasFailed = (item: Notification): boolean => channelEntries(item).some(([, c]) => c.state === 'failed');

/** The status that the channels amount to once no claim is under way: SENT, FAILED, or RETRYING at the earliest next attempt. */
export const settle = (item: Notification, on: Circumstances): Moved => {
  const channels = channelEntries(item).map(([, channel]) => channel);
  const open = channels.filter(isOpenChannel);
  if (open.length === 0) {
    if (channels.every((channel) => channel.state === 'sent')) {
      return { moved: true, next: { ...end(item, 'SENT', on), sentAt: on.now }, effects: [] };
    }
    const ended = end(item, 'FAILED', on);
    const next = hasFailed(item) ? { ...ended, firstFailedAt: item.firstFailedAt ?? on.now } : ended;
    return { moved: true, next, effects: [] };
  }
  const dueAt = Math.min(...open.map((channel) => channel.nextAttemptAt ?? on.now));
  const next: Notification = {
    ...without(item, 'lease'),
    status: 'RETRYING',
    dueAt,
    timerSeq: item.timerSeq + 1,
    nextCheckAt: dueAt + on.policy.graceMs,
    checks: 0,
    returns: 0,
  };
  return { moved: true, next, effects: [arm(next)] };
};

export const create = (draft: Draft, due: Due, on: Circumstances): Moved => {
  const { to, ...rest } = draft;
  const channels = Object.fromEntries(
    Object.entries(to).map(([name, address]) => [
      name,
      { to: address, state: 'pending' as const, attempts: 0, roundFrom: 0, nextAttemptAt: due.sendAt },
    ]),
  );
  const next: Notification = {
    ...rest,
    ...newestTextVersion(),
    ...due,
    status: 'PENDING',
    channels,
    attempts: [],
    version: 1,
    timerSeq: 1,
    dueAt: due.sendAt,
    nextCheckAt: firstCheckAt(due.sendAt, on),
    checks: 0,
    returns: 0,
    createdAt: on.now,
    updatedAt: on.now,
    writeId: on.writeId,
  };
  return { moved: true, next, effects: [arm(next)] };
};

const neverClaimed = (item: Notification): boolean =>
  (item.status === 'PENDING' || item.status === 'SCHEDULED') && item.firstClaimedAt === undefined;

/** Why something that was claimed, or has ended, can be neither rescheduled nor canceled. */
const tooLate = (item: Notification): Refused =>
  item.status === 'CANCELED' || (item.status === 'FAILED' && item.firstClaimedAt === undefined)
    ? { refused: 'already-ended' }
    : { refused: 'already-attempted' };

export const canReschedule = (item: Notification): Refused | undefined =>
  neverClaimed(item) ? undefined : tooLate(item);

/** PATCH: a new time while never claimed; the old timer goes stale by `timerSeq`. */
export const reschedule = (item: Notification, timing: Timing, due: Due, on: Circumstances): Moved | Refused => {
  if (!neverClaimed(item)) return tooLate(item);
  const next = write(without(item, 'targetDate'), on, {
    timing,
    ...due,
    status: 'PENDING',
    dueAt: due.sendAt,
    channels: mapChannels(item, (channel) => ({ ...channel, nextAttemptAt: due.sendAt })),
    version: item.version + 1,
    timerSeq: item.timerSeq + 1,
    nextCheckAt: firstCheckAt(due.sendAt, on),
    checks: 0,
  });
  return { moved: true, next, effects: [...disarm(item), arm(next)] };
};

/**
 * DELETE: definite. Only while never claimed, which what ended `unprocessable` may be too: a 409 means claimed, and nothing
 * that a redrive could still send is left without an answer. Repeating it repeats the answer.
 */
export const cancel = (item: Notification, on: Circumstances): Step | Refused => {
  if (item.status === 'CANCELED') return same(item);
  if (item.firstClaimedAt !== undefined) return { refused: 'already-attempted' };
  const next = end(
    write(item, on, {
      channels: mapChannels(item, (channel) => closed(channel, 'stopped')),
      version: item.version + 1,
      timerSeq: item.timerSeq + 1,
    }),
    'CANCELED',
    on,
  );
  return { moved: true, next, effects: disarm(item) };
};

/** No further attempts: what a live claim holds may finish, everything else open is stopped at once. */
export const stop = (item: Notification, on: Circumstances): Step | Refused => {
  if (item.firstClaimedAt === undefined) return cancel(item, on);
  // What was under way may have been sent after all: then it has ended, and no stop is left to repeat.
  if (item.stoppedAt !== undefined && item.status !== 'SENT') return same(item);
  if (!isOpen(item)) return { refused: 'already-ended' };
  const held = new Set(item.lease ? heldChannels(item, item.lease.claimedAt).map(([name]) => name) : []);
  const stopped = write(item, on, {
    stoppedAt: on.now,
    channels: mapChannels(item, (channel, name) =>
      isOpenChannel(channel) && !held.has(name) ? closed(channel, 'stopped') : channel,
    ),
    version: item.version + 1,
    timerSeq: item.timerSeq + 1,
  });
  if (item.lease) return { moved: true, next: stopped, effects: [] };
  return { ...settle(stopped, on), effects: disarm(item) };
};

export interface RetryOptions {
  redrive?: boolean;
  /** This one alone; the others stay as they ended. */
  channel?: ChannelName;
}

/** A FAILED one: its failed channels start the retry schedule anew, now. Never claimed yet (unprocessable) means it may still be canceled. */
export const retry = (item: Notification, on: Circumstances, options: RetryOptions = {}): Moved | Refused => {
  const isMeant = (channel: ChannelRecord, name: ChannelName): boolean =>
    channel.state === 'failed' && (options.channel === undefined || name === options.channel);
  // What was erased has nobody to be sent to.
  const isMeantHere = item.erasedAt === undefined && channelEntries(item).some(([name, c]) => isMeant(c, name));
  if (item.status !== 'FAILED' || !isMeantHere) return { refused: 'not-failed' };
  const next = write(without(item, 'stoppedAt', 'expiresAt', 'endedAt'), on, {
    status: item.firstClaimedAt === undefined ? 'PENDING' : 'RETRYING',
    channels: mapChannels(item, (channel, name) =>
      isMeant(channel, name)
        ? { ...channel, state: 'retrying', roundFrom: channel.attempts, nextAttemptAt: on.now }
        : channel,
    ),
    version: item.version + 1,
    timerSeq: item.timerSeq + 1,
    dueAt: on.now,
    nextCheckAt: on.now + on.policy.graceMs,
    checks: 0,
    returns: 0,
    ...(options.redrive && { redrivenAt: on.now }),
  });
  return { moved: true, next, effects: [arm(next)] };
};
