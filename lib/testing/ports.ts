/** A whole set of ports in memory, with the real semantics: what services are tested over. */

import type { OutgoingMessage, SendOptions, SendResult } from '../channels/channel.ts';
import { makeDestinationOf } from '../channels/destinations.ts';
import type { Fences } from '../fences/fence.ts';
import { makePolicy } from '../notifications/state/policy.ts';
import type { Timer } from '../notifications/timer.ts';
import { byChannel, type ChannelName } from '../schema/channel-names.ts';
import { makePhoneNumbers } from '../schema/phone.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { makeTestClock } from './clock.ts';
import { makeMemoryEndpointStore } from './memory-endpoint-store.ts';
import { makeMemoryNotificationStore } from './memory-notification-store.ts';
import { makeMemoryItems } from './memory-store.ts';
import { makeTestRandom } from './random.ts';
import { makeTestReceiverLimits } from './receiver-limits.ts';

export const RETRY_SCHEDULE_SECONDS = [0, 5, 300, 1800, 7200];

/** Every verb that was called, by name. */
const makeRecordingMetrics = () => {
  const calls: { verb: string; args: unknown[] }[] = [];
  const metrics = new Proxy({} as Metrics, {
    get:
      (_, verb: string) =>
      (...args: unknown[]) => {
        calls.push({ verb, args });
      },
  });
  const count = (verb: string): number => calls.filter((call) => call.verb === verb).length;
  return { metrics, calls, count };
};

/** What went out on a channel, and what the channel answers: `sent` unless a test sets another. */
const makeTestChannel = (name: ChannelName) => {
  const sent: OutgoingMessage[] = [];
  const state: { answer: (message: OutgoingMessage, options: SendOptions) => SendResult | Promise<SendResult> } = {
    answer: () => ({ outcome: 'sent' }),
  };
  return {
    name,
    sent,
    state,
    send: async (message: OutgoingMessage, options: SendOptions): Promise<SendResult> => {
      sent.push(message);
      return state.answer(message, options);
    },
  };
};

export const makeTestPorts = () => {
  const clock = makeTestClock();
  const random = makeTestRandom();
  const notifications = makeMemoryNotificationStore(clock);
  const endpoints = makeMemoryEndpointStore(clock);
  const fences = makeMemoryItems<Fences>(clock);
  const armed: Timer[] = [];
  const disarmed: Omit<Timer, 'due'>[] = [];
  const processed: string[] = [];
  const replayed: string[] = [];
  const erasing: string[] = [];
  const resent: { queue: string; body: string }[] = [];
  const keptUntil: { id: string; expiresAt: number | undefined }[] = [];
  const recording = makeRecordingMetrics();
  const logged: { level: string; message: string; fields: Record<string, unknown> | undefined }[] = [];
  const logAs = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    logged.push({ level, message, fields });
  };
  const channels = byChannel(makeTestChannel);

  return {
    clock,
    random,
    armed,
    disarmed,
    processed,
    replayed,
    erasing,
    resent,
    keptUntil,
    logged,
    recording,
    channels,
    receiverLimits: makeTestReceiverLimits(),
    destinationOf: makeDestinationOf({ allowed: undefined, redirects: undefined }),
    memory: notifications,
    notifications: notifications.store,
    memoryFences: fences,
    fences: fences.store,
    memoryEndpoints: endpoints,
    endpoints: endpoints.store,
    metrics: recording.metrics,
    log: { debug: logAs('debug'), info: logAs('info'), warn: logAs('warn'), error: logAs('error') },
    events: {
      keepUntil: async (id: string, expiresAt: number | undefined): Promise<void> => {
        keptUntil.push({ id, expiresAt });
      },
    },
    timer: {
      arm: async (timer: Timer): Promise<void> => {
        armed.push(timer);
      },
      disarm: async (timer: Omit<Timer, 'due'>): Promise<void> => {
        disarmed.push(timer);
      },
    },
    queues: {
      processEvents: async (events: { id: string }[]): Promise<void> => {
        processed.push(...events.map(({ id }) => id));
      },
      job: async ({ id }: { id: string }, kind: 'replay' | 'erase' | 'job', _delaySeconds: number): Promise<void> => {
        (kind === 'erase' ? erasing : replayed).push(id);
      },
      resend: async (queue: string, body: string): Promise<void> => {
        resent.push({ queue, body });
      },
    },
    planSchedules: async (): Promise<number> => 0,
    policy: makePolicy({
      retryScheduleSeconds: RETRY_SCHEDULE_SECONDS,
      retentionDays: 30,
      channelTimeoutMs: 15_000,
    }),
    recipients: { phones: makePhoneNumbers('IN'), webhook: { allowPrivate: true, allowHttp: true } },
  };
};

export type TestPorts = ReturnType<typeof makeTestPorts>;
