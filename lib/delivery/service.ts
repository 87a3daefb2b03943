/** Delivers one message once: hold, claim, send on every channel that is due and may be sent on, finish. */
import { setTimeout as systemSleep } from 'node:timers/promises';
import type { After } from '../concurrency/after.ts';
import { makeFairSemaphore, type Permits } from '../concurrency/fair-semaphore.ts';
import { lazy } from '../concurrency/lazy.ts';
import { type ChangePorts, makeChanges } from '../notifications/changes.ts';
import { heldChannels } from '../notifications/channel-record.ts';
import { isOpen, type Notification } from '../notifications/notification.ts';
import { type Moved, NEAR_MS, type WriteContext } from '../notifications/state/client-commands.ts';
import { leaseMs as leaseMsOf, MARGIN_MS } from '../notifications/state/policy.ts';
import { lateReason } from '../notifications/state/time-to-act.ts';
import type { AttemptResults } from '../notifications/state/worker-steps.ts';
import { finish, hasClosed, missed, waitsUntil } from '../notifications/state/worker-steps.ts';
import { timerOf } from '../notifications/timer.ts';
import { stopwatch } from '../platform/stopwatch.ts';
import type { ChannelName } from '../schema/channel-names.ts';
import type { DeliverMessage } from '../schema/messages.ts';
import { groupOf, isBulkGroup } from '../schema/priority.ts';
import type { DeferralReason } from '../schema/reasons.ts';
import { addSpanEvent, inSpan, linkToTrace } from '../telemetry/tracing.ts';
import { type Attempted, type AttemptPorts, makeAttempts, SETTLE_MS } from './attempt.ts';
import { makeMemoryBudget, memoryOf, RECORDED_BYTES, RESERVED_BYTES } from './limits/memory-budget.ts';

export interface DeliveryPorts extends ChangePorts, AttemptPorts {
  /** Both of real time, Node's own by default. */
  sleep?: (ms: number) => Promise<unknown>;
  after?: After;
}

export interface Invocation {
  /** What is left of the function's time, ms. */
  remainingMs(): number;
  /** Whose message it is, as far as its queue knows; a message may know better. */
  tenant: string;
}

/** Messages that come earlier than this are sent again with a delay; the rest are held. */
const HOLD_MAX_MS = 1_000;
const FINISH_PAUSE_MS = 200;
/**
 * Claims at once in this process: more than the processor can make. Tenants, and their bulk apart, are served
 * alternately. A record waits for nothing: a worker that dies before it leaves a double.
 */
const CLAIMS_MAX = 32;

const resultsOf = async (attempting: [ChannelName, Promise<Attempted>][]): Promise<AttemptResults> =>
  Object.fromEntries(await Promise.all(attempting.map(async ([name, attempted]) => [name, (await attempted).attempt])));

const spanOf = ({ id }: DeliverMessage) => ({ attributes: { 'event_system.notification.id': id } });

export const makeDeliveryService = (ports: DeliveryPorts) => {
  const { clock, channelTimeoutMs, metrics, notifications, random, timer, sleep = systemSleep } = ports;
  const { apply, writeContext } = makeChanges(ports);
  const attempts = makeAttempts(ports);
  const leaseMs = leaseMsOf(channelTimeoutMs);
  const shareOf = (group: string): number => (isBulkGroup(group) ? CLAIMS_MAX / 2 : CLAIMS_MAX);
  const claims = makeFairSemaphore({ permits: CLAIMS_MAX, shareOf });
  const budget = makeMemoryBudget({ ...(ports.after && { after: ports.after }) });

  const stale = (message: DeliverMessage, item: Notification | undefined): boolean => {
    if (item && isOpen(item) && item.timerSeq === message.seq) return false;
    metrics.timerStale();
    return true;
  };

  /**
   * Too early to hold: on its way again with its own `seq`, over 15 minutes by way of the timer. What an entry
   * fires minutes early is not read for it: whether it is stale is judged by its claim.
   */
  const postpone = async (message: DeliverMessage): Promise<void> => {
    const { id, tenant, seq, due, priority } = message;
    if (tenant !== undefined && due - clock.now() <= NEAR_MS)
      return timer.arm({ id, tenant, seq, due, priority }, { canWait: true });
    const item = await notifications.get(id);
    if (stale(message, item) || !item) return;
    await timer.arm(timerOf(item), { canWait: true });
  };

  /** Timers of Node may fire a millisecond early; nothing is claimed before its time. */
  const hold = async (due: number): Promise<void> => {
    for (let early = due - clock.now(); early > 0; early = due - clock.now()) await sleep(Math.min(early, HOLD_MAX_MS));
  };

  /** Too late: it gets its next time to act, or ends, without a claim. */
  const putOff = async (message: DeliverMessage, item: Notification): Promise<void> => {
    const reason = lateReason(item, clock.now());
    const late = await apply(item, (current) => missed(current, writeContext()));
    if (!late.moved) return void stale(message, late.item);
    metrics.deliveryDeferred({ reason });
    ports.log.info('delivery.deferred', { notification_id: item.id, reason });
  };

  /**
   * A claim that was not given: to a live lease (the reconciler watches it), to a newer time,
   * because it is too late, or because nothing is left to do.
   */
  const lost = async (message: DeliverMessage, item: Notification | undefined): Promise<void> => {
    if (stale(message, item) || !item || item.lease) return;
    if (item.dueAt > clock.now()) return timer.arm(timerOf(item));
    if (hasClosed(item, clock.now())) return putOff(message, item);
    throw new Error(`${message.id} could be claimed and was not`);
  };

  /** What may go by before a claim: then enough of the invocation is left to send and record. */
  const spareMs = (invocation: Invocation): number => invocation.remainingMs() - channelTimeoutMs - MARGIN_MS;

  /**
   * Once the limits of a receiver have answered: is there still time to send and to record it,
   * within lease and invocation?
   */
  const isTooLate = (elapsedMs: () => number, invocation: Invocation) => (): boolean =>
    elapsedMs() + channelTimeoutMs + MARGIN_MS > leaseMs ||
    invocation.remainingMs() < channelTimeoutMs + SETTLE_MS + 2 * FINISH_PAUSE_MS;

  /**
   * On every channel that is due, at once. `released` resolves, always, once the limits of all
   * receivers know the results.
   */
  const sendAll = async (item: Notification, claimedAt: number, tooLate: () => boolean, on: () => WriteContext) => {
    const attempting: [ChannelName, Promise<Attempted>][] = [];
    const untilEnabled = async (): Promise<number | undefined> =>
      waitsUntil(item, await resultsOf(attempting.filter(([name]) => name !== 'webhook')), on());
    for (const entry of heldChannels(item, claimedAt))
      attempting.push([entry[0], attempts.attempt(item, entry, tooLate, untilEnabled)]);
    const results = await resultsOf(attempting);
    return { results, released: Promise.all(attempting.map(async ([, attempted]) => (await attempted).released)) };
  };

  /**
   * Recorded before the message is acknowledged: tried for as long as the invocation lasts, always
   * the same write.
   */
  const record = async (
    claimed: Notification,
    decide: (item: Notification) => Moved | undefined,
    invocation: Invocation,
  ) => {
    for (;;) {
      try {
        await apply(claimed, decide);
        return;
      } catch (error) {
        if (invocation.remainingMs() < 2 * FINISH_PAUSE_MS) throw error;
        addSpanEvent('finish.retried');
        ports.log.warn('delivery.record_failed', {
          notification_id: claimed.id,
          error: String(error),
        });
        await sleep(FINISH_PAUSE_MS);
      }
    }
  };

  /** Undefined when waiting for its turn has taken too much of the invocation. */
  const claimNow = async (message: DeliverMessage, invocation: Invocation) => {
    if (spareMs(invocation) < 0) return undefined;
    const elapsedMs = stopwatch(clock);
    const claimedAt = clock.now();
    const lease = { id: random.token(), claimedAt, until: clock.real() + leaseMs };
    const request = { id: message.id, timerSeq: message.seq, now: claimedAt, lease, writeId: random.token() };
    const claim = await inSpan('claim', spanOf(message), async (span) => {
      const made = await notifications.claim(request);
      span.setAttribute('event_system.claimed', made.written);
      return made;
    });
    return { claim, claimedAt, elapsedMs, lease };
  };

  /**
   * The same for all decisions on the results of the attempts: what waits for another channel must
   * get the time recorded for that.
   */
  const sameWriteContext = (): (() => WriteContext) => {
    const fraction = random.fraction();
    return lazy(() => ({ ...writeContext(), fraction: () => fraction }));
  };

  /** No attempt, and no failure that SQS would count: it is sent again as it came. */
  const sendBack = async (message: DeliverMessage, tenant: string, reason: DeferralReason): Promise<void> => {
    const { id, seq, due, priority } = message;
    metrics.deliveryDeferred({ reason });
    ports.log.info('delivery.deferred', { notification_id: id, reason });
    await timer.arm({ id, tenant, seq, due, priority });
  };

  const deliverNow = async (message: DeliverMessage, invocation: Invocation, memory: Permits): Promise<void> => {
    const { tenant } = invocation;
    const group = groupOf({ tenant, priority: message.priority });
    const claiming = await claims.run(group, () => claimNow(message, invocation));
    if (!claiming) return sendBack(message, tenant, 'held_up');
    const { claim, claimedAt, elapsedMs, lease } = claiming;
    if (!claim.written) return lost(message, claim.current);
    linkToTrace(claim.item.trace);
    const bytes = memoryOf(claim.item);
    memory.resize(bytes);
    if (elapsedMs() + channelTimeoutMs + MARGIN_MS > leaseMs) {
      throw new Error('The worker was held up after its claim; nothing is sent, the reconciler takes over');
    }
    const on = sameWriteContext();
    const { results, released } = await sendAll(claim.item, claimedAt, isTooLate(elapsedMs, invocation), on);
    await inSpan('finish', spanOf(message), () =>
      record(claim.item, (item) => finish(item, lease.id, results, on()), invocation),
    );
    memory.resize(Math.min(bytes, RECORDED_BYTES));
    await released;
  };

  return {
    deliver: async (message: DeliverMessage, given: Invocation): Promise<void> => {
      const { tenant = given.tenant } = message;
      const invocation = { tenant, remainingMs: () => given.remainingMs() };
      const isEarly = message.due - clock.now() >= HOLD_MAX_MS;
      if (!isEarly) await hold(message.due);
      if (!isEarly && spareMs(invocation) < 0) {
        throw new Error('Too little of the invocation is left to send and record; the message goes back unclaimed');
      }
      const group = groupOf({ tenant, priority: message.priority });
      const memory = await budget.acquire(group, RESERVED_BYTES, spareMs(invocation));
      if (!memory) return sendBack(message, tenant, 'memory_full');
      try {
        await (isEarly ? postpone(message) : deliverNow(message, invocation, memory));
      } finally {
        memory.release();
      }
    },
  };
};
