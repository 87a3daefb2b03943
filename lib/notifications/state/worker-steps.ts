/** The state machine, pure; this half: claim, finish, takeover, and the reconciler's and the dead-letter queue's part. */

import type { ChannelName } from '../../schema/channel-names.ts';
import { given } from '../../schema/omit-undefined.ts';
import { retryDelayMs } from '../../schema/retry-schedule.ts';
import { ATTEMPTS_KEPT, type Attempt } from '../attempt.ts';
import type { Deferral, SendResult } from '../channel.ts';
import { type ChannelRecord, channelEntries, heldChannels, isOpenChannel, type Lease } from '../channel-record.ts';
import { isOpen, type Notification } from '../notification.ts';
import type { Circumstances, Moved, Step } from './client-commands.ts';
import { arm, closed, disarm, mapChannels, same, settle, write } from './client-commands.ts';

/** A lease counts as lapsed only this long after its end: clocks of two workers may differ. */
export const LAPSE_MARGIN_MS = 5_000;
export const RETURNS_MAX = 10;
const CHECK_BACKOFF_MAX_MS = 10 * 60_000;
const RETURN_BACKOFF_MAX_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A webhook that waits for its endpoint to be enabled leaves at most so long after that. */
const DISABLED_LOOK_MS = 30 * MINUTE_MS;

/** The fresh claim's condition; the store's conditional write says the same in DynamoDB's words. */
export const canClaim = (item: Notification, message: { seq: number }, now: number): boolean =>
  (item.status === 'PENDING' || item.status === 'SCHEDULED' || item.status === 'RETRYING') &&
  item.timerSeq === message.seq &&
  item.dueAt <= now &&
  item.lease === undefined;

/** What the fresh claim writes, given that {@link canClaim} holds. */
export const claimed = (item: Notification, lease: Lease, on: { now: number; writeId: string }): Notification => ({
  ...item,
  status: 'SENDING',
  lease,
  firstClaimedAt: item.firstClaimedAt ?? on.now,
  version: item.version + 1,
  updatedAt: on.now,
  writeId: on.writeId,
});

/** What one channel's attempt came to. */
export interface AttemptResult {
  startedAt: number;
  finishedAt: number;
  result: SendResult | { outcome: 'unknown'; error: 'worker_lost' } | Deferral;
  /** The receiver's own retry schedule, instead of the policy's. */
  scheduleSeconds?: number[];
}
export type AttemptResults = Partial<Record<ChannelName, AttemptResult>>;

const recordsOf = (
  name: ChannelName,
  channel: ChannelRecord,
  { result, startedAt, finishedAt }: AttemptResult,
): Attempt[] => {
  if (result.outcome === 'deferred') return [];
  const { outcome } = result;
  return [
    {
      channel: name,
      number: channel.attempts + 1,
      startedAt,
      finishedAt,
      latenessMs: Math.round(startedAt - (channel.nextAttemptAt ?? startedAt)),
      outcome,
      ...('httpStatus' in result && result.httpStatus !== undefined && { httpStatus: result.httpStatus }),
      ...(outcome !== 'sent' && { error: result.error }),
      ...('resent' in result && result.resent && { resent: true }),
    },
  ];
};

const afterDeferral = (channel: ChannelRecord, deferral: Deferral, stopped: boolean, now: number): ChannelRecord => {
  const { error: lastError, until, slotAt = channel.slotAt } = deferral;
  if (stopped) return closed(channel, 'stopped', lastError);
  const nextAttemptAt = Math.max(until, now);
  return { ...channel, state: 'retrying', nextAttemptAt, lastError, ...(slotAt !== undefined && { slotAt }) };
};

const afterAttempt = (
  channel: ChannelRecord,
  attempt: AttemptResult,
  stopped: boolean,
  on: Circumstances,
): ChannelRecord => {
  const { result } = attempt;
  if (result.outcome === 'deferred') return afterDeferral(channel, result, stopped, on.now);
  const { nextAttemptAt: _, lastError: __, slotAt: ___, redirectedTo: ____, ...rest } = channel;
  const tried = { ...rest, attempts: channel.attempts + 1 };
  if (result.outcome === 'sent') return { ...tried, state: 'sent' };
  if (result.outcome === 'failed') return { ...tried, state: 'failed', lastError: result.error };
  const { retryAfterMs, redirectedTo } = result.outcome === 'retry' ? result : {};
  const failed = { ...tried, lastError: result.error, ...given({ redirectedTo }) };
  if (stopped) return { ...failed, state: 'stopped' };
  const schedule = attempt.scheduleSeconds ? { scheduleSeconds: attempt.scheduleSeconds } : on.policy.retry;
  const delay = retryDelayMs(schedule, tried.attempts - tried.roundFrom, on.fraction(), retryAfterMs);
  if (delay === undefined) return { ...failed, state: 'failed' };
  return { ...failed, state: 'retrying', nextAttemptAt: on.now + delay };
};

/**
 * When what a disabled endpoint was to get is looked at again, as long as another channel goes on: should the endpoint be enabled
 * meanwhile, nothing was missed. Undefined when nothing else is open: it ends, and a replay finds it, which takes what has ended.
 *
 * @param results of the claim's other channels
 */
export const waitsUntil = (item: Notification, results: AttemptResults, on: Circumstances): number | undefined => {
  const others = channelEntries(item).flatMap(([name, channel]) => {
    if (name === 'webhook') return [];
    const result = results[name];
    return [result ? afterAttempt(channel, result, false, on) : channel];
  });
  const next = others.filter(isOpenChannel).map(({ nextAttemptAt = on.now }) => nextAttemptAt);
  return next.length === 0 ? undefined : Math.min(...next, on.now + DISABLED_LOOK_MS);
};

/**
 * Records what a claim did and decides what follows, in one write. Undefined when the claim is no longer ours: a takeover
 * has recorded it as unknown. On an item stopped meanwhile, every open channel that was not sent ends `stopped`, deferred ones too.
 */
export const finish = (
  item: Notification,
  leaseId: string,
  results: AttemptResults,
  on: Circumstances,
): Moved | undefined => {
  const { lease } = item;
  if (lease?.id !== leaseId) return undefined;
  const held = heldChannels(item, lease.claimedAt).flatMap(([name, channel]) => {
    const result = results[name];
    return result ? [{ name, channel, result }] : [];
  });
  const after = new Map(
    held.map(({ name, channel, result }) => [name, afterAttempt(channel, result, item.stoppedAt !== undefined, on)]),
  );
  const finished = write(item, on, {
    version: item.version + 1,
    attempts: [...item.attempts, ...held.flatMap((h) => recordsOf(h.name, h.channel, h.result))].slice(-ATTEMPTS_KEPT),
    channels: mapChannels(item, (channel, name) => after.get(name) ?? channel),
  });
  return settle(finished, on);
};

export const isLapsed = (lease: { until: number }, real: number): boolean => real > lease.until + LAPSE_MARGIN_MS;

/**
 * The takeover of a lapsed lease: in the same write every channel that the dead claim held gets an attempt with outcome
 * `unknown`, which counts against the policy's retry schedule, so that what always crashes its worker ends FAILED. A claim that
 * died before it sent, while its receiver's limits were asked, cannot be told apart from one that died later.
 */
export const takeOver = (item: Notification, on: Circumstances): Moved | undefined => {
  const { lease } = item;
  if (!lease || !isLapsed(lease, on.real)) return undefined;
  const unknown: AttemptResult = {
    startedAt: lease.claimedAt,
    finishedAt: on.now,
    result: { outcome: 'unknown', error: 'worker_lost' },
  };
  const results = Object.fromEntries(heldChannels(item, lease.claimedAt).map(([name]) => [name, unknown]));
  return finish(item, lease.id, results, on);
};

/** A touch of the reconciler: bookkeeping that no client sees, hence neither `version` nor `updatedAt`. */
const touch = (item: Notification, on: Circumstances, nextCheckAt: number): Notification => ({
  ...item,
  nextCheckAt,
  checks: item.checks + 1,
  writeId: on.writeId,
});

const unlessMissed = (item: Notification, on: Circumstances, at: number): number => {
  const missedAt = item.dueAt + on.policy.graceMs;
  return missedAt > on.now ? Math.min(at, missedAt) : at;
};

/**
 * When to look again after a timer was sent anew: sooner at first, then less often, so that a backlog is not multiplied; but
 * never later than the time at which a claim would be missed, and not before it where an entry, or a retry's timer, holds it.
 */
const lookAgainAt = (item: Notification, on: Circumstances): number => {
  const missedAt = item.dueAt + on.policy.graceMs;
  if (missedAt > on.now && item.status !== 'PENDING') return missedAt;
  return unlessMissed(item, on, on.now + Math.min(MINUTE_MS * 2 ** item.checks, CHECK_BACKOFF_MAX_MS));
};

/** What the reconciler does with an item whose time to look has come. A live lease: look again at its end, send nothing. */
export const check = (item: Notification, on: Circumstances): Step => {
  if (!isOpen(item) || item.nextCheckAt === undefined || item.nextCheckAt > on.now) return same(item);
  if (item.lease) {
    const over = takeOver(item, on);
    if (over) return over;
    const lapsesInMs = item.lease.until + LAPSE_MARGIN_MS - on.real;
    return { moved: true, next: touch(item, on, on.now + lapsesInMs + 1), effects: [] };
  }
  const next = touch(item, on, lookAgainAt(item, on));
  return { moved: true, next, effects: [arm(next)] };
};

/**
 * The dead-letter queue gave a message of this item back: an outage is not a death, so it returns to the reconciler's care,
 * later each time; at the tenth it ends FAILED, reason `unprocessable`. One that asked for a schedule entry does not count:
 * without an entry the reconciler sends what has come near itself, so nothing dies of a Scheduler that is away for long.
 * A stale message (`seq`) says nothing about the item.
 */
export const returned = (item: Notification, message: { seq: number; kind?: string }, on: Circumstances): Step => {
  if (!isOpen(item) || item.timerSeq !== message.seq) return same(item);
  const counts = message.kind !== 'schedule';
  const returns = counts ? item.returns + 1 : item.returns;
  if (counts && returns >= RETURNS_MAX && !item.lease) {
    const failed = write(item, on, {
      returns,
      channels: mapChannels(item, (c) => (isOpenChannel(c) ? closed(c, 'failed', 'unprocessable') : c)),
      version: item.version + 1,
      timerSeq: item.timerSeq + 1,
    });
    return { ...settle(failed, on), effects: disarm(item) };
  }
  // A lease is watched already, and its end must not wait for the back-off.
  if (item.lease) return { moved: true, next: { ...item, returns, writeId: on.writeId }, effects: [] };
  const backOffMs = Math.min(MINUTE_MS * 2 ** (counts ? returns : item.checks + 1), RETURN_BACKOFF_MAX_MS);
  const nextCheckAt = unlessMissed(item, on, on.now + backOffMs);
  return { moved: true, next: { ...touch(item, on, nextCheckAt), returns }, effects: [] };
};
