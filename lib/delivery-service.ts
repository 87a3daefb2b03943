/** Delivers one message once: hold, claim, send on every channel that is due, finish. spec: "What makes it exact". */
import { setTimeout as systemSleep } from 'node:timers/promises';
import type { AttemptResult, AttemptResults } from './delivery-machine.ts';
import { finish } from './delivery-machine.ts';
import type { DeliverMessage } from './messages.ts';
import type { ChannelName, ChannelRecord, Notification } from './notification.ts';
import { heldChannels, isOpen } from './notification.ts';
import { type ChangePorts, makeChanges } from './notification-changes.ts';
import { LEASE_MARGIN_MS, MARGIN_MS } from './policy.ts';
import type { Channels, OutgoingMessage, SendResult } from './ports.ts';

export interface DeliveryPorts extends ChangePorts {
  channels: Channels;
  channelTimeoutMs: number;
  /** What is said on a channel, the same on every attempt. */
  compose: (item: Notification, channel: ChannelName, to: string) => OutgoingMessage;
  /** Real time goes by. Rejects when the signal aborts. Node's own by default. */
  sleep?: (ms: number, value?: undefined, options?: { signal?: AbortSignal; ref?: boolean }) => Promise<void>;
}

export interface Invocation {
  /** What is left of the function's time, ms. */
  remainingMs(): number;
}

/** Messages that come earlier than this are sent again with a delay; the rest are held. */
const HOLD_MAX_MS = 1_000;
/** After its abort a channel has this long to settle before it counts as timed out. */
const SETTLE_MS = 500;
const FINISH_PAUSE_MS = 200;

/** How long ago something began, whichever clock says more: a frozen process, or a stepped clock, must not look young. */
const stopwatch = (clock: DeliveryPorts['clock']) => {
  const began = { real: clock.real(), monotonic: clock.monotonic() };
  return (): number => Math.max(clock.real() - began.real, clock.monotonic() - began.monotonic);
};

/** Node looks at timers before sockets: after a stall, an answer that has arrived in time is read in this turn. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** As AbortSignal.timeout, for a process that may have been frozen or busy: what was answered meanwhile is no timeout, and not sent twice. */
const patience = (timeoutMs: number): { signal: AbortSignal; clear(): void } => {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new DOMException('The channel did not answer in time', 'TimeoutError'));
  const timer = setTimeout(() => nextTurn().then(abort), timeoutMs);
  timer.unref();
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
};

export const makeDeliveryService = (ports: DeliveryPorts) => {
  const { clock, channels, channelTimeoutMs, metrics, notifications, random, timer, sleep = systemSleep } = ports;
  const { apply, circumstances } = makeChanges(ports);
  const leaseMs = channelTimeoutMs + MARGIN_MS + LEASE_MARGIN_MS;

  const stale = (message: DeliverMessage, item: Notification | undefined): boolean => {
    if (item && isOpen(item) && item.timerSeq === message.seq) return false;
    metrics.timerStale();
    return true;
  };

  /** Too early to hold: on its way again with its own `seq`, over 15 minutes by way of the timer. */
  const postpone = async (message: DeliverMessage): Promise<void> => {
    const item = await notifications.get(message.id);
    if (stale(message, item) || !item) return;
    await timer.arm({ id: item.id, tenant: item.tenant, seq: message.seq, due: item.dueAt });
  };

  /** Timers of Node may fire a millisecond early; nothing is claimed before its time. */
  const hold = async (due: number): Promise<void> => {
    for (let early = due - clock.now(); early > 0; early = due - clock.now()) await sleep(Math.min(early, HOLD_MAX_MS));
  };

  /** A claim that was not given: to a live lease (the reconciler watches it), to a newer time, or because nothing is left to do. */
  const lost = async (message: DeliverMessage, item: Notification | undefined): Promise<void> => {
    if (stale(message, item) || !item || item.lease) return;
    if (item.dueAt > clock.now()) {
      return timer.arm({ id: item.id, tenant: item.tenant, seq: message.seq, due: item.dueAt });
    }
    throw new Error(`${message.id} could be claimed and was not`);
  };

  const sendOn = async (item: Notification, name: ChannelName, to: string): Promise<SendResult> => {
    const { signal, clear } = patience(channelTimeoutMs);
    const overdue = new AbortController();
    const timedOut = sleep(channelTimeoutMs + SETTLE_MS, undefined, { signal: overdue.signal, ref: false })
      .then(nextTurn, () => undefined)
      .then((): SendResult => ({ outcome: 'retry', error: 'timeout' }));
    try {
      // Composed in here: what cannot be said on one channel must not lose what the others did.
      return await Promise.race([channels[name].send(ports.compose(item, name, to), { signal }), timedOut]);
    } catch (error) {
      ports.log.error('A channel threw; the attempt counts as failed', { channel: name, error: String(error) });
      return { outcome: 'retry', error: 'channel_error' };
    } finally {
      clear();
      overdue.abort();
    }
  };

  const attempt = async (item: Notification, name: ChannelName, channel: ChannelRecord): Promise<AttemptResult> => {
    const startedAt = clock.now();
    const began = clock.monotonic();
    const result = await sendOn(item, name, channel.to);
    const seconds = (clock.monotonic() - began) / 1000;
    const due = channel.nextAttemptAt ?? startedAt;
    metrics.attempt({ channel: name, outcome: result.outcome }, seconds);
    if (channel.attempts === 0 && due >= clock.jumpedTo()) metrics.lateness((startedAt - due) / 1000);
    ports.log.info('delivery.attempted', {
      notification_id: item.id,
      event_id: item.eventId,
      channel: name,
      number: channel.attempts + 1,
      outcome: result.outcome,
      lateness_ms: Math.round(startedAt - due),
      duration_ms: Math.round(seconds * 1000),
      ...('httpStatus' in result && { http_status: result.httpStatus }),
      ...(result.outcome !== 'sent' && { error: result.error }),
    });
    return { startedAt, finishedAt: clock.now(), result };
  };

  const sendAll = async (item: Notification, claimedAt: number): Promise<AttemptResults> => {
    const due = heldChannels(item, claimedAt);
    const results = await Promise.all(due.map(([name, channel]) => attempt(item, name, channel)));
    return Object.fromEntries(due.map(([name], index) => [name, results[index]]));
  };

  /** Recorded before the message is acknowledged: tried for as long as the invocation lasts, always the same write. */
  const record = async (claimed: Notification, leaseId: string, results: AttemptResults, invocation: Invocation) => {
    const fraction = random.fraction();
    const on = { ...circumstances(), fraction: () => fraction };
    for (;;) {
      try {
        await apply(claimed, (item) => finish(item, leaseId, results, on));
        return;
      } catch (error) {
        if (invocation.remainingMs() < 2 * FINISH_PAUSE_MS) throw error;
        ports.log.warn('An attempt is not recorded yet; trying again', {
          notification_id: claimed.id,
          error: String(error),
        });
        await sleep(FINISH_PAUSE_MS);
      }
    }
  };

  return {
    deliver: async (message: DeliverMessage, invocation: Invocation): Promise<void> => {
      if (message.due - clock.now() >= HOLD_MAX_MS) return postpone(message);
      await hold(message.due);
      if (invocation.remainingMs() < channelTimeoutMs + MARGIN_MS) {
        throw new Error('Too little of the invocation is left to send and record; the message goes back unclaimed');
      }
      const elapsedMs = stopwatch(clock);
      const claimedAt = clock.now();
      const lease = { id: random.token(), claimedAt, until: clock.real() + leaseMs };
      const request = { id: message.id, timerSeq: message.seq, now: claimedAt, lease, writeId: random.token() };
      const claim = await notifications.claim(request);
      if (!claim.written) return lost(message, claim.current);
      if (elapsedMs() + channelTimeoutMs + MARGIN_MS > leaseMs) {
        throw new Error('The worker was held up after its claim; nothing is sent, the reconciler takes over');
      }
      const results = await sendAll(claim.item, claimedAt);
      await record(claim.item, lease.id, results, invocation);
    },
  };
};
