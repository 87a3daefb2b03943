/**
 * The wiring: configuration -> clients -> adapters -> services, each made at its first use and kept for the life of the
 * process. Doors import it as a namespace, so that a function's bundle holds only what its door reaches.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { makeApiKeyAuthenticate } from './auth/api-key-authenticate.ts';
import { makeApiKeyService } from './auth/api-key-service.ts';
import { jwtSettings, rateLimitOf } from './auth/config.ts';
import { type Authenticate, anyone, makeGuard } from './auth/guard.ts';
import { makeRateLimiter, unlimited } from './auth/rate-limit.ts';
import { newSecret } from './auth/token.ts';
import { makeApiKeyStore } from './aws/api-key-store.ts';
import { dynamoClient, schedulerClient, sqsClient } from './aws/clients.ts';
import { makeDeadLetterStore } from './aws/dead-letter-store.ts';
import { makeEndpointHealth } from './aws/endpoint-health.ts';
import { makeEndpointStore } from './aws/endpoint-store.ts';
import { erasureJobMapping } from './aws/erasure-job-item.ts';
import { makeEventStore } from './aws/event-store.ts';
import { makeItemStore } from './aws/item-store.ts';
import { makeKeyring } from './aws/keyring.ts';
import { makeNotificationStore } from './aws/notification-store.ts';
import { makeOpenIndex } from './aws/open-index.ts';
import { probeQueue, probeScheduleGroup, probeTable } from './aws/probes.ts';
import { makeRateCounter } from './aws/rate-counter.ts';
import { redriveJobMapping } from './aws/redrive-job-item.ts';
import { makeSchedules } from './aws/schedules.ts';
import { makeSender } from './aws/sender.ts';
import { makeSlotStore } from './aws/slot-store.ts';
import { makeTable } from './aws/table.ts';
import { makeTimer } from './aws/timer.ts';
import { makeWorkQueues } from './aws/work-queues.ts';
import { LIMIT_MAX } from './bulkhead.ts';
import { makeChannels } from './channels/index.ts';
import { makeWebhookChannel } from './channels/webhook.ts';
import { clock } from './clock.ts';
import { compose } from './compose.ts';
import { config } from './config.ts';
import { makeDeadLetterRecorder } from './dead-letter-recorder.ts';
import { makeDeadLetterService } from './dead-letter-service.ts';
import { makeDeliveryService } from './delivery-service.ts';
import { makeEndpointService } from './endpoint-service.ts';
import { makeEndpointTestService } from './endpoint-test-service.ts';
import { makeErasureService } from './erasure-service.ts';
import { makeErasureWorker } from './erasure-worker.ts';
import { makeEventChanges } from './event-changes.ts';
import { makeEventProcessService } from './event-process-service.ts';
import { makeEventService } from './event-service.ts';
import { makeGate } from './gate.ts';
import { given } from './given.ts';
import { makeHealthService } from './health-service.ts';
import { makeCursors } from './http/cursor.ts';
import type { ChangePorts } from './notification-changes.ts';
import { makeNotificationService } from './notification-service.ts';
import { once } from './once.ts';
import { leaseMs, makePolicy } from './policy.ts';
import { random } from './random.ts';
import { makeReconcileService } from './reconcile-service.ts';
import { makeRedriveService } from './redrive-service.ts';
import { makeScheduleService } from './schedule-service.ts';
import { addLogFields, log, metrics } from './telemetry.ts';
import { VERSION } from './version.ts';

const shared = { clock, random, metrics, log };

const keyring = () => {
  const { FIELD_KEYS: declared, FIELD_KMS_KEY_ARN: keyId } = config();
  if (!declared) return undefined;
  return makeKeyring({
    declared,
    unwrap: async (wrapped) => (await import('./aws/keyring-kms.ts')).unwrap(wrapped, keyId),
  });
};
const table = /* @__PURE__ */ once(() =>
  makeTable({ client: dynamoClient(), tableName: config().TABLE_NAME, clock, keyring: keyring() }),
);
const notificationStore = /* @__PURE__ */ once(() => makeNotificationStore(table()));
const eventStore = /* @__PURE__ */ once(() => makeEventStore(table(), random));
const endpointStore = /* @__PURE__ */ once(() => makeEndpointStore(table()));
const endpointHealth = /* @__PURE__ */ once(() => makeEndpointHealth(table(), clock));
const deadLetterStore = /* @__PURE__ */ once(() => makeDeadLetterStore(table()));
const jobStore = /* @__PURE__ */ once(() => makeItemStore(table(), redriveJobMapping));

const erasureStore = /* @__PURE__ */ once(() => makeItemStore(table(), erasureJobMapping));

const sendDelivery = /* @__PURE__ */ once(() => makeSender(sqsClient(), config().DELIVERY_QUEUE_URL));
const sendSchedule = /* @__PURE__ */ once(() => makeSender(sqsClient(), config().SCHEDULE_QUEUE_URL));
const sendEvents = /* @__PURE__ */ once(() => makeSender(sqsClient(), config().EVENT_QUEUE_URL));
const sendReplay = /* @__PURE__ */ once(() => makeSender(sqsClient(), config().REPLAY_QUEUE_URL));
const timer = /* @__PURE__ */ once(() =>
  makeTimer({ sendDelivery: sendDelivery(), sendSchedule: sendSchedule(), clock }),
);

/** The queue whose URL ends with the name, for what is sent back to where it came from. */
const sendByName = (queue: string) =>
  [sendDelivery, sendSchedule, sendEvents, sendReplay][
    [
      config().DELIVERY_QUEUE_URL,
      config().SCHEDULE_QUEUE_URL,
      config().EVENT_QUEUE_URL,
      config().REPLAY_QUEUE_URL,
    ].findIndex((url) => url.endsWith(`/${queue}`))
  ]?.();
const workQueues = /* @__PURE__ */ once(() =>
  makeWorkQueues({ events: sendEvents(), replay: sendReplay(), byName: sendByName }),
);

const policy = /* @__PURE__ */ once(() =>
  makePolicy({
    retryScheduleSeconds: config().RETRY_SCHEDULE,
    retentionDays: config().RETENTION_DAYS,
    retentionDaysOf: given({
      SENT: config().RETENTION_DAYS_SENT,
      FAILED: config().RETENTION_DAYS_FAILED,
      CANCELED: config().RETENTION_DAYS_CANCELED,
      events: config().RETENTION_DAYS_EVENTS,
    }),
    channelTimeoutMs: config().CHANNEL_TIMEOUT_MS,
  }),
);
const urlPolicy = () => ({ allowPrivate: config().WEBHOOK_ALLOW_PRIVATE, allowHttp: config().WEBHOOK_ALLOW_HTTP });
const recipients = () => ({ phoneCountry: config().DEFAULT_PHONE_COUNTRY, webhook: urlPolicy() });
const webhookConfig = () => ({
  ...urlPolicy(),
  secrets: config().WEBHOOK_SECRETS,
  userAgent: `event-notification-service/${VERSION}`,
  maxConnectionsPerOrigin: LIMIT_MAX,
});

const changePorts = (): ChangePorts => ({
  ...shared,
  notifications: notificationStore(),
  events: eventStore(),
  timer: timer(),
  policy: policy(),
});
const eventPorts = () => ({ ...shared, events: eventStore(), queues: workQueues(), policy: policy() });

const channels = /* @__PURE__ */ once(() => {
  const settings = config();
  return makeChannels({
    email: {
      transport: settings.EMAIL_TRANSPORT,
      from: settings.EMAIL_FROM,
      ...(settings.SMTP_URL && { smtpUrl: settings.SMTP_URL }),
    },
    sms: { ...(settings.SMS_ORIGINATION_IDENTITY && { originationIdentity: settings.SMS_ORIGINATION_IDENTITY }) },
    webhook: webhookConfig(),
    aws: { region: settings.AWS_REGION, ...(settings.AWS_ENDPOINT_URL && { endpoint: settings.AWS_ENDPOINT_URL }) },
    clock,
  });
});

/** For a process that lives on: loads what its first delivery would else wait for, about 0.2 s. Never rejects. */
export const warm = async (): Promise<void> => {
  try {
    await Promise.all(Object.values(channels()).map((channel) => channel.load()));
  } catch (error) {
    log.warn('a channel is not loaded; its first message will fail too', { error });
  }
};

const apiKeyStore = /* @__PURE__ */ once(() => makeApiKeyStore(table()));
export const apiKeys = /* @__PURE__ */ once(() =>
  makeApiKeyService({
    clock,
    random,
    newSecret,
    keys: apiKeyStore(),
    retentionMs: policy().retentionMs,
    ...given({ rateLimitMax: rateLimitOf(config()) || undefined }),
  }),
);

/** By a dynamic import, which is loaded where it is wanted alone. */
const jwtAuthenticate = /* @__PURE__ */ once(async () => {
  const { makeJwtAuthenticate } = await import('./auth/jwt.ts');
  return makeJwtAuthenticate({ clock, log }, jwtSettings(config()));
});
const authenticate = (): Authenticate => {
  const { AUTH_MODE: mode } = config();
  if (mode === 'none') return anyone;
  if (mode === 'api-key') return makeApiKeyAuthenticate({ keys: apiKeyStore(), clock, log });
  return async (headers) => (await jwtAuthenticate())(headers);
};
const limiter = () => {
  const limit = rateLimitOf(config());
  // A key may have a limit of its own where there is no other.
  if (limit === 0 && config().AUTH_MODE !== 'api-key') return unlimited;
  const share = makeRateCounter({ client: dynamoClient(), tableName: config().TABLE_NAME, clock });
  return makeRateLimiter({ clock, share, metrics, log }, limit);
};
export const guard = /* @__PURE__ */ once(() =>
  makeGuard({
    authenticate: authenticate(),
    limiter: limiter(),
    note: ({ tenant, id }) => addLogFields({ tenant, principal: id }),
  }),
);

export const cursors = /* @__PURE__ */ once(() => makeCursors(config().CURSOR_SECRET));

export const notifications = /* @__PURE__ */ once(() =>
  makeNotificationService({ ...changePorts(), endpoints: endpointStore(), recipients: recipients() }),
);
export const events = /* @__PURE__ */ once(() => makeEventService(eventPorts()));
export const eventProcessing = /* @__PURE__ */ once(() =>
  makeEventProcessService({
    ...eventPorts(),
    notifications: notificationStore(),
    endpoints: endpointStore(),
    timer: timer(),
    recipients: recipients(),
  }),
);

const gate = /* @__PURE__ */ once(() =>
  makeGate({
    ...shared,
    endpoints: endpointStore(),
    circuits: endpointHealth(),
    rates: endpointHealth(),
    slots: makeSlotStore(table()),
    holdMs: leaseMs(config().CHANNEL_TIMEOUT_MS),
    disableAfterMs: config().ENDPOINT_DISABLE_AFTER_HOURS * 3_600_000,
  }),
);

export const delivery = /* @__PURE__ */ once(() =>
  makeDeliveryService({
    ...changePorts(),
    gate: gate(),
    channels: channels(),
    channelTimeoutMs: config().CHANNEL_TIMEOUT_MS,
    compose,
  }),
);

export const scheduling = /* @__PURE__ */ once(() =>
  makeScheduleService({
    ...shared,
    notifications: notificationStore(),
    timer: timer(),
    graceMs: policy().graceMs,
    schedules: makeSchedules({
      client: schedulerClient(),
      group: config().SCHEDULE_GROUP,
      targetArn: config().DELIVERY_QUEUE_ARN,
      roleArn: config().SCHEDULE_ROLE_ARN,
    }),
  }),
);

const redrivePorts = () => ({
  ...changePorts(),
  ...eventPorts(),
  deadLetters: deadLetterStore(),
  jobs: jobStore(),
});
const nameOf = (queueUrl: string): string => queueUrl.slice(queueUrl.lastIndexOf('/') + 1);

export const deadLetters = /* @__PURE__ */ once(() => makeDeadLetterService(redrivePorts()));
export const redrive = /* @__PURE__ */ once(() => makeRedriveService({ ...redrivePorts(), sleep }));
export const endpoints = /* @__PURE__ */ once(() =>
  makeEndpointService({
    ...shared,
    endpoints: endpointStore(),
    health: endpointHealth(),
    deadLetters: deadLetters(),
    webhook: urlPolicy(),
    policy: policy(),
  }),
);
export const endpointTests = /* @__PURE__ */ once(() =>
  makeEndpointTestService({
    ...shared,
    endpoints: endpointStore(),
    channel: makeWebhookChannel(webhookConfig(), { clock }),
    timeoutMs: config().CHANNEL_TIMEOUT_MS,
  }),
);
const erasurePorts = () => ({ ...redrivePorts(), erasures: erasureStore(), recipients: recipients() });
export const erasure = /* @__PURE__ */ once(() => makeErasureService(erasurePorts()));
export const erasing = /* @__PURE__ */ once(() => makeErasureWorker(erasurePorts()));

export const recorder = /* @__PURE__ */ once(() =>
  makeDeadLetterRecorder({
    ...changePorts(),
    ...eventPorts(),
    messages: deadLetterStore().messages,
    queueNames: [
      nameOf(config().DELIVERY_QUEUE_URL),
      nameOf(config().SCHEDULE_QUEUE_URL),
      nameOf(config().EVENT_QUEUE_URL),
      nameOf(config().REPLAY_QUEUE_URL),
    ],
  }),
);

export const reconciling = /* @__PURE__ */ once(() =>
  makeReconcileService({
    ...changePorts(),
    open: makeOpenIndex(table()),
    checkEvent: makeEventChanges(eventPorts()).check,
    checkJob: (id) => (id.startsWith('era_') ? erasing() : redrive()).check(id),
  }),
);

export const health = /* @__PURE__ */ once(() =>
  makeHealthService({
    clock,
    log,
    version: VERSION,
    probes: {
      dynamodb: probeTable(dynamoClient(), config().TABLE_NAME),
      sqs: probeQueue(sqsClient(), config().DELIVERY_QUEUE_URL),
      scheduler: probeScheduleGroup(schedulerClient(), config().SCHEDULE_GROUP),
    },
  }),
);
