/** One attempt on one channel: the receiver's limits, the send, and its result. */
import type { Channels, OutgoingMessage, SendOptions, SendResult } from '../channels/channel.ts';
import type { ChannelRecord } from '../notifications/channel-record.ts';
import type { ChannelStop, Deferral } from '../notifications/deferral.ts';
import type { Notification } from '../notifications/notification.ts';
import { firstTimeToAct, lateReason } from '../notifications/state/time-to-act.ts';
import { type AttemptResult, hasClosed } from '../notifications/state/worker-steps.ts';
import type { Clock } from '../platform/clock.ts';
import type { ChannelName } from '../schema/channel-names.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import type { Log } from '../telemetry/log-interface.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { inSpan, markFailed, SpanKind } from '../telemetry/tracing.ts';
import { ENDPOINT_DISABLED, type Pass, type ReceiverLimits } from './limits/repository.ts';

export interface AttemptPorts {
  channels: Channels;
  channelTimeoutMs: number;
  receiverLimits: ReceiverLimits;
  clock: Clock;
  metrics: Metrics;
  log: Log;
  /** What is said on a channel, the same on every attempt. */
  compose: (item: Notification, channel: ChannelName, to: string) => OutgoingMessage;
}

/**
 * `released` resolves, always, when the answer has ended and the receiver's limits know the
 * result.
 */
export interface Attempted {
  attempt: AttemptResult;
  released: Promise<void>;
}

/** A channel that threw: our fault, and no word about its receiver. */
export const CHANNEL_ERROR = 'channel_error';
/** After its abort a channel has this long to settle before it counts as timed out. */
export const SETTLE_MS = 500;
/** What became too late to send is tried again after this. */
const HELD_UP_PAUSE_MS = 5_000;

/**
 * Node looks at timers before sockets: after a stall, an answer that has arrived in time is read in
 * this turn.
 */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Patience {
  signal: AbortSignal;
  /** Resolves SETTLE_MS after the abort. */
  overdue: Promise<void>;
  clear(): void;
}

/**
 * As AbortSignal.timeout, for a process that may have been frozen or busy: what was answered
 * meanwhile is no timeout, and not sent twice.
 */
const patience = (timeoutMs: number): Patience => {
  const controller = new AbortController();
  const { promise: overdue, resolve } = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout;
  const wait = (ms: number, act: () => void): void => {
    timer = setTimeout(() => nextTurn().then(act), ms).unref();
  };
  wait(timeoutMs, () => {
    controller.abort(new DOMException('The channel did not answer in time', 'TimeoutError'));
    wait(SETTLE_MS, resolve);
  });
  return { signal: controller.signal, overdue, clear: () => clearTimeout(timer) };
};

/** Without the receiver's address, which may tell who the recipient is. */
const inAttemptSpan = (
  item: Notification,
  name: ChannelName,
  channel: ChannelRecord,
  carryOut: () => Promise<SendResult>,
): Promise<SendResult> => {
  const attributes = {
    'event_system.notification.id': item.id,
    'event_system.channel': name,
    'event_system.attempt.number': channel.attempts + 1,
    ...(name === 'webhook' && { 'http.request.method': 'POST' }),
  };
  return inSpan(`attempt ${name}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const result = await carryOut();
    span.setAttribute('event_system.attempt.outcome', result.outcome);
    if (result.httpStatus !== undefined) span.setAttribute('http.response.status_code', result.httpStatus);
    if (result.resent) span.setAttribute('http.request.resend_count', 1);
    if (result.outcome !== 'sent') markFailed(span, result.error);
    return result;
  });
};

export const makeAttempts = (ports: AttemptPorts) => {
  const { channels, channelTimeoutMs, clock, receiverLimits, log, metrics } = ports;

  const sendOn = async (
    item: Notification,
    name: ChannelName,
    pass: Pass,
    options: SendOptions,
    overdue: Promise<void>,
  ): Promise<SendResult> => {
    const timedOut = overdue.then((): SendResult => ({ outcome: 'retry', error: 'timeout' }));
    try {
      // Composed in here: what cannot be said on one channel must not lose what the others did.
      const message = {
        ...ports.compose(item, name, pass.to),
        ...(item.window && { dueAt: firstTimeToAct(item) }),
        ...(pass.webhook && { webhook: pass.webhook }),
      };
      return await Promise.race([channels[name].send(message, options), timedOut]);
    } catch (error) {
      log.error('channel.failed', { notification_id: item.id, channel: name, error: String(error) });
      return { outcome: 'retry', error: CHANNEL_ERROR };
    }
  };

  /** Carries out an attempt, counts and logs it. */
  const made = async (
    item: Notification,
    [name, channel]: [ChannelName, ChannelRecord],
    carryOut: () => Promise<SendResult>,
    { startedAt, redirected }: { startedAt: number; redirected?: true | undefined },
  ): Promise<AttemptResult & { result: SendResult }> => {
    const began = clock.monotonic();
    const result = await inAttemptSpan(item, name, channel, carryOut);
    const seconds = (clock.monotonic() - began) / 1000;
    const due = channel.nextAttemptAt ?? startedAt;
    metrics.attempt({ channel: name, outcome: result.outcome }, seconds);
    if (channel.attempts === 0 && due >= clock.jumpedTo()) metrics.lateness((startedAt - due) / 1000);
    log.info('delivery.attempted', {
      notification_id: item.id,
      event_id: item.eventId,
      channel: name,
      number: channel.attempts + 1,
      outcome: result.outcome,
      lateness_ms: Math.round(startedAt - due),
      duration_ms: Math.round(seconds * 1000),
      ...('httpStatus' in result && { http_status: result.httpStatus }),
      ...(result.outcome !== 'sent' && { error: result.error }),
      ...omitUndefined({ resent: result.resent, redirected }),
    });
    return { startedAt, finishedAt: clock.now(), result };
  };

  const putOff = (item: Notification, name: ChannelName, deferral: Deferral): AttemptResult => {
    const now = clock.now();
    metrics.deliveryDeferred({ reason: deferral.error });
    log.info('delivery.deferred', {
      notification_id: item.id,
      channel: name,
      reason: deferral.error,
      for_ms: Math.round(deferral.until - now),
    });
    return { startedAt: now, finishedAt: now, result: deferral };
  };

  const stopped = (item: Notification, name: ChannelName, stop: ChannelStop): AttemptResult => {
    const now = clock.now();
    log.info('delivery.stopped', { notification_id: item.id, channel: name, reason: stop.error });
    return { startedAt: now, finishedAt: now, result: stop };
  };

  return {
    /**
     * @param isTooLate asked when the receiver's limits have answered, which may take a while: then
     * nothing is sent, as when the window has closed, or the notification expired, meanwhile
     * @param waitsUntil asked when its endpoint is disabled: until when it waits for that to
     * change, undefined to end
     */
    attempt: async (
      item: Notification,
      entry: [ChannelName, ChannelRecord],
      isTooLate: () => boolean,
      waitsUntil: () => Promise<number | undefined>,
    ): Promise<Attempted> => {
      const [name, { to, slotAt }] = entry;
      const answer = await receiverLimits.enter({
        tenant: item.tenant,
        channel: name,
        to,
        priority: item.priority,
        ...(slotAt !== undefined && { slotAt }),
      });
      const nothing = Promise.resolve();
      const notNow = (deferral: Deferral): Attempted => ({
        attempt: putOff(item, name, deferral),
        released: answer.outcome === 'pass' ? answer.release() : nothing,
      });
      if (answer.outcome === 'deferred') return notNow(answer);
      if (answer.outcome === 'stopped') return { attempt: stopped(item, name, answer), released: nothing };
      const startedAt = clock.now();
      if (hasClosed(item, startedAt))
        return notNow({ outcome: 'deferred', error: lateReason(item, startedAt), until: startedAt });
      if (answer.outcome === 'failed') {
        const { error } = answer;
        const until = error === ENDPOINT_DISABLED ? await waitsUntil() : undefined;
        if (until === undefined)
          return { attempt: await made(item, entry, async () => answer, { startedAt }), released: nothing };
        return notNow({ outcome: 'deferred', error: ENDPOINT_DISABLED, until });
      }
      if (isTooLate()) return notNow({ outcome: 'deferred', error: 'held_up', until: startedAt + HELD_UP_PAUSE_MS });
      const { scheduleSeconds, redirected } = answer;
      const { signal, overdue, clear } = patience(channelTimeoutMs);
      const going: Promise<void>[] = [];
      const options: SendOptions = { signal, waitUntil: (work) => void going.push(work) };
      const attempt = await made(item, entry, () => sendOn(item, name, answer, options, overdue), {
        startedAt,
        redirected,
      });
      // The receiver may work on while its answer has not ended: until then it counts as in flight.
      const released = Promise.all(going).then(() => {
        clear();
        return answer.release(attempt.result, { isCut: signal.aborted });
      });
      return { attempt: { ...attempt, ...omitUndefined({ scheduleSeconds, redirected }) }, released };
    },
  };
};
