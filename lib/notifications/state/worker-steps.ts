/**
 * The state machine, pure: claim, finish, takeover, and the steps of the reconciler and the
 * dead-letter queue.
 */

import type { SendResult } from '../../channels/channel.ts';
import type { ChannelName } from '../../schema/channel-names.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { retryDelayMs } from '../../schema/retry-schedule.ts';
import { checkBackOffMs, RETURNS_MAX, returnBackOffMs } from '../../store/checks.ts';
import { ATTEMPTS_KEPT, type Attempt } from '../attempt.ts';
import {
  type ChannelRecord,
  channelEntries,
  closed,
  heldChannels,
  isOpenChannel,
  type Lease,
  mapChannels,
} from '../channel-record.ts';
import type { ChannelStop, Deferral } from '../deferral.ts';
import { isOpen, type Notification } from '../notification.ts';
import type { Moved, Step, WriteContext } from './client-commands.ts';
import { arm, disarm, same, settle, write } from './client-commands.ts';
import { admitted } from './time-to-act.ts';

/** A lease counts as lapsed only this long after its end: clocks of two workers may differ. */
export const LAPSE_MARGIN_MS = 5_000;
/** A webhook that waits for its endpoint is sent at most so long after the endpoint was enabled. */
const DISABLED_LOOK_MS = 30 * 60_000;

/** Whether it is too late for what is due: its window has closed, or it has expired. */
export const hasClosed = ({ closesAt }: Pick<Notification, 'closesAt'>, now: number): boolean =>
  closesAt !== undefined && closesAt <= now;

/** The condition of a fresh claim. The store's conditional write says the same as an expression. */
export const canClaim = (item: Notification, message: { seq: number }, now: number): boolean =>
  (item.status === 'PENDING' || item.status === 'SCHEDULED' || item.status === 'RETRYING') &&
  item.timerSeq === message.seq &&
  item.dueAt <= now &&
  !hasClosed(item, now) &&
  item.lease === undefined;

/** What the fresh claim writes, given that {@link canClaim} holds. */
export const claimed = (item: Notification, lease: Lease, context: { now: number; writeId: string }): Notification => ({
  ...item,
  status: 'SENDING',
  lease,
  firstClaimedAt: item.firstClaimedAt ?? context.now,
  version: item.version + 1,
  updatedAt: context.now,
  writeId: context.writeId,
});

/** The result of one channel's attempt. */
export interface AttemptResult {
  startedAt: number;
  finishedAt: number;
  result: SendResult | { outcome: 'unknown'; error: 'worker_lost' } | Deferral | ChannelStop;
  /** Of the receiver, instead of the policy's. */
  scheduleSeconds?: number[];
  /** It went to the address of RECIPIENTS_REDIRECT. */
  redirected?: true;
}
export type AttemptResults = Partial<Record<ChannelName, AttemptResult>>;

const recordsOf = (
  name: ChannelName,
  channel: ChannelRecord,
  { result, startedAt, finishedAt, redirected }: AttemptResult,
): Attempt[] => {
  if (result.outcome === 'deferred' || result.outcome === 'stopped') return [];
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
      ...(redirected && { redirected }),
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
  context: WriteContext,
): ChannelRecord => {
  const { result } = attempt;
  if (result.outcome === 'deferred') return afterDeferral(channel, result, stopped, context.now);
  if (result.outcome === 'stopped') return closed(channel, 'stopped', result.error);
  const { nextAttemptAt: _, lastError: __, slotAt: ___, redirectedTo: ____, ...rest } = channel;
  const tried = { ...rest, attempts: channel.attempts + 1 };
  if (result.outcome === 'sent') return { ...tried, state: 'sent' };
  if (result.outcome === 'failed') return { ...tried, state: 'failed', lastError: result.error };
  const { retryAfterMs, redirectedTo } = result.outcome === 'retry' ? result : {};
  const failed = {
    ...tried,
    lastError: result.error,
    // Of the operator's address, about which the tenant learns nothing.
    ...(!attempt.redirected && omitUndefined({ redirectedTo })),
  };
  if (stopped) return { ...failed, state: 'stopped' };
  const schedule = attempt.scheduleSeconds ? { scheduleSeconds: attempt.scheduleSeconds } : context.policy.retry;
  const delay = retryDelayMs(schedule, tried.attempts - tried.roundFrom, context.fraction(), retryAfterMs);
  if (delay === undefined) return { ...failed, state: 'failed' };
  return { ...failed, state: 'retrying', nextAttemptAt: context.now + delay };
};

/**
 * When to try a disabled endpoint again, while another channel goes on. Undefined when no other is
 * open: then the notification ends, and a replay finds it once the endpoint is enabled.
 * @param results of the claim's other channels
 */
export const waitsUntil = (item: Notification, results: AttemptResults, context: WriteContext): number | undefined => {
  const others = channelEntries(item).flatMap(([name, channel]) => {
    if (name === 'webhook') return [];
    const result = results[name];
    return [result ? admitted(item, afterAttempt(channel, result, false, context), context.now) : channel];
  });
  const next = others.filter(isOpenChannel).map(({ nextAttemptAt = context.now }) => nextAttemptAt);
  return next.length === 0 ? undefined : Math.min(...next, context.now + DISABLED_LOOK_MS);
};

/**
 * Records the results of a claim and decides what follows, in one write. Undefined when the lease
 * is another's: a takeover has recorded this claim as unknown. Once the item was stopped, every
 * open channel that was not sent ends `stopped`.
 */
export const finish = (
  item: Notification,
  leaseId: string,
  results: AttemptResults,
  context: WriteContext,
): Moved | undefined => {
  const { lease } = item;
  if (lease?.id !== leaseId) return undefined;
  const held = heldChannels(item, lease.claimedAt).flatMap(([name, channel]) => {
    const result = results[name];
    return result ? [{ name, channel, result }] : [];
  });
  const after = new Map(
    held.map(({ name, channel, result }) => [
      name,
      afterAttempt(channel, result, item.stoppedAt !== undefined, context),
    ]),
  );
  const finished = write(item, context, {
    version: item.version + 1,
    attempts: [...item.attempts, ...held.flatMap((h) => recordsOf(h.name, h.channel, h.result))].slice(-ATTEMPTS_KEPT),
    channels: mapChannels(item, (channel, name) => after.get(name) ?? channel),
  });
  return settle(finished, context);
};

/**
 * What was not claimed in time: moved to its next time to act, or ended. It claims nothing, so that what was
 * never attempted can still be canceled.
 */
export const missed = (item: Notification, context: WriteContext): Step => {
  if (!isOpen(item) || item.lease || !hasClosed(item, context.now)) return same(item);
  const moved = settle(write(item, context, { version: item.version + 1 }), context);
  return { ...moved, effects: [...disarm(item), ...moved.effects] };
};

export const isLapsed = (lease: { until: number }, real: number): boolean => real > lease.until + LAPSE_MARGIN_MS;

/**
 * The takeover of a lapsed lease. In the same write every channel of the lost claim gets an attempt
 * with outcome `unknown`. It counts, so that what always crashes its worker ends FAILED: whether
 * the worker had sent already is not known.
 */
export const takeOver = (item: Notification, context: WriteContext): Moved | undefined => {
  const { lease } = item;
  if (!lease || !isLapsed(lease, context.real)) return undefined;
  const unknown: AttemptResult = {
    startedAt: lease.claimedAt,
    finishedAt: context.now,
    result: { outcome: 'unknown', error: 'worker_lost' },
  };
  const results = Object.fromEntries(heldChannels(item, lease.claimedAt).map(([name]) => [name, unknown]));
  return finish(item, lease.id, results, context);
};

/** Bookkeeping of the reconciler that no client sees: neither `version` nor `updatedAt` move. */
const touch = (item: Notification, context: WriteContext, nextCheckAt: number): Notification => ({
  ...item,
  nextCheckAt,
  checks: item.checks + 1,
  writeId: context.writeId,
});

const unlessMissed = (item: Notification, context: WriteContext, at: number): number => {
  const missedAt = item.dueAt + context.policy.graceMs;
  return missedAt > context.now ? Math.min(at, missedAt) : at;
};

/**
 * When to check again after a timer was sent again: less often each time, so that a backlog is not
 * multiplied. Never later than when a claim would be missed, and not before that where a schedule
 * entry, or the timer of a retry, holds it.
 */
const lookAgainAt = (item: Notification, context: WriteContext): number => {
  const missedAt = item.dueAt + context.policy.graceMs;
  if (missedAt > context.now && item.status !== 'PENDING') return missedAt;
  return unlessMissed(item, context, context.now + checkBackOffMs(item.checks));
};

/**
 * The reconciler's check of an item that is due for it. Under a live lease nothing is sent: it
 * checks again at its end.
 */
export const check = (item: Notification, context: WriteContext): Step => {
  if (!isOpen(item) || item.nextCheckAt === undefined || item.nextCheckAt > context.now) return same(item);
  if (item.lease) {
    const over = takeOver(item, context);
    if (over) return over;
    const lapsesInMs = item.lease.until + LAPSE_MARGIN_MS - context.real;
    return { moved: true, next: touch(item, context, context.now + lapsesInMs + 1), effects: [] };
  }
  const late = missed(item, context);
  if (late.moved) return late;
  const next = touch(item, context, lookAgainAt(item, context));
  return { moved: true, next, effects: [arm(next)] };
};

/**
 * A message of this item was in the dead-letter queue. That may be an outage, so the reconciler
 * checks it, later each time; at the tenth message the item ends FAILED, reason `unprocessable`. A
 * request for a schedule entry does not count: without an entry the reconciler sends what is near,
 * so a long outage of Scheduler ends nothing. A stale message (`seq`) is ignored.
 */
export const returned = (item: Notification, message: { seq: number; kind?: string }, context: WriteContext): Step => {
  if (!isOpen(item) || item.timerSeq !== message.seq) return same(item);
  const counts = message.kind !== 'schedule';
  const returns = counts ? item.returns + 1 : item.returns;
  if (counts && returns >= RETURNS_MAX && !item.lease) {
    const failed = write(item, context, {
      returns,
      channels: mapChannels(item, (c) => (isOpenChannel(c) ? closed(c, 'failed', 'unprocessable') : c)),
      version: item.version + 1,
      timerSeq: item.timerSeq + 1,
    });
    return { ...settle(failed, context), effects: disarm(item) };
  }
  // A lease is checked at its end already, which must not wait for the backoff.
  if (item.lease) return { moved: true, next: { ...item, returns, writeId: context.writeId }, effects: [] };
  const backOffMs = returnBackOffMs(counts ? returns : item.checks + 1);
  const nextCheckAt = unlessMissed(item, context, context.now + backOffMs);
  return { moved: true, next: { ...touch(item, context, nextCheckAt), returns }, effects: [] };
};
