/**
 * Configuration -> clients -> adapters. Each is made at its first use and kept for the life of the
 * process.
 */

import { dynamoClient, sqsClient } from './aws/clients.ts';
import { makeKeyring } from './aws/field-encryption/keyring.ts';
import { fencesMapping, resultPageMapping } from './aws/items/bulk-items.ts';
import { placesMapping } from './aws/items/job-item.ts';
import { makeSender } from './aws/queues/sender.ts';
import { makeTimer } from './aws/queues/timer.ts';
import { makeWorkQueues } from './aws/queues/work-queues.ts';
import { makeApiKeyStore } from './aws/stores/api-key-store.ts';
import { makeDeadLetterStore } from './aws/stores/dead-letter-store.ts';
import { makeEndpointHealth } from './aws/stores/endpoint-health.ts';
import { makeEndpointCount, makeEndpointStore } from './aws/stores/endpoint-store.ts';
import { makeEventStore } from './aws/stores/event-store.ts';
import { makeItemStore } from './aws/stores/item-store.ts';
import { makeJobStore } from './aws/stores/job-store.ts';
import { makeNotificationStore } from './aws/stores/notification-store.ts';
import { makeScheduleCount, makeScheduleStore } from './aws/stores/schedule-store.ts';
import { makePartitions } from './aws/table/partitions.ts';
import { makeTable } from './aws/table/table.ts';
import { makeDestinationOf } from './channels/destinations.ts';
import { makeChannels } from './channels/index.ts';
import { lazy } from './concurrency/lazy.ts';
import { CHANNEL_SECRETS, config, requireSecrets } from './config.ts';
import { TOTAL } from './delivery/limits/bulkhead.ts';
import { JOB_KINDS } from './job-kinds/index.ts';
import type { ChangePorts } from './notifications/changes.ts';
import { makePolicy } from './notifications/state/policy.ts';
import { clock } from './platform/clock.ts';
import { random } from './platform/random.ts';
import { VERSION } from './platform/version.ts';
import { omitUndefined } from './schema/omit-undefined.ts';
import { makePhoneNumbers } from './schema/phone.ts';
import { log, metrics } from './telemetry/index.ts';

export const shared = { clock, random, metrics, log };

const keyring = () => {
  const declared = config().FIELD_KEYS;
  const keyId = config().FIELD_KMS_KEY_ARN;
  if (!declared) return undefined;
  return makeKeyring({
    declared,
    unwrap: async (wrapped) => (await import('./aws/field-encryption/keyring-kms.ts')).unwrap(wrapped, keyId),
  });
};
const tableOptions = () => ({ client: dynamoClient(), tableName: config().TABLE_NAME, clock });
const table = /* @__PURE__ */ lazy(() => makeTable({ ...tableOptions(), keyring: keyring() }));
/** For items without encrypted fields: it needs no keys. */
export const plainTable = /* @__PURE__ */ lazy(() => makeTable(tableOptions()));
export const partitions = /* @__PURE__ */ lazy(() =>
  makePartitions(plainTable(), { setting: config().INDEX_PARTITIONS, clock }),
);
export const notificationStore = /* @__PURE__ */ lazy(() => makeNotificationStore(table(), partitions()));
const eventStore = /* @__PURE__ */ lazy(() => makeEventStore(table(), random, partitions()));
export const endpointStore = /* @__PURE__ */ lazy(() => makeEndpointStore(table()));
export const endpointCount = /* @__PURE__ */ lazy(() => makeEndpointCount(plainTable()));
export const endpointHealth = /* @__PURE__ */ lazy(() => makeEndpointHealth(plainTable(), clock));
export const scheduleStore = /* @__PURE__ */ lazy(() => makeScheduleStore(table()));
export const scheduleCount = /* @__PURE__ */ lazy(() => makeScheduleCount(plainTable()));
export const deadLetterStore = /* @__PURE__ */ lazy(() => makeDeadLetterStore(table(), { partitions: partitions() }));
const jobStore = /* @__PURE__ */ lazy(() => makeJobStore(table()));
export const fenceStore = /* @__PURE__ */ lazy(() => makeItemStore(plainTable(), fencesMapping));
export const resultStore = /* @__PURE__ */ lazy(() => makeItemStore(plainTable(), resultPageMapping));
const placesStore = /* @__PURE__ */ lazy(() => makeItemStore(plainTable(), placesMapping));

const sendDelivery = /* @__PURE__ */ lazy(() => makeSender(sqsClient(), config().DELIVERY_QUEUE_URL));
const sendSchedule = /* @__PURE__ */ lazy(() => makeSender(sqsClient(), config().SCHEDULE_QUEUE_URL));
const sendEvents = /* @__PURE__ */ lazy(() => makeSender(sqsClient(), config().EVENT_QUEUE_URL));
const sendReplay = /* @__PURE__ */ lazy(() => makeSender(sqsClient(), config().REPLAY_QUEUE_URL));
export const timer = /* @__PURE__ */ lazy(() =>
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
const workQueues = /* @__PURE__ */ lazy(() =>
  makeWorkQueues({ events: sendEvents(), replay: sendReplay(), byName: sendByName }),
);

export const policy = /* @__PURE__ */ lazy(() =>
  makePolicy({
    retryScheduleSeconds: config().RETRY_SCHEDULE,
    retentionDays: config().RETENTION_DAYS,
    retentionDaysOf: omitUndefined({
      SENT: config().RETENTION_DAYS_SENT,
      FAILED: config().RETENTION_DAYS_FAILED,
      CANCELED: config().RETENTION_DAYS_CANCELED,
      events: config().RETENTION_DAYS_EVENTS,
    }),
    channelTimeoutMs: config().CHANNEL_TIMEOUT_MS,
  }),
);
export const urlPolicy = () => ({
  allowPrivate: config().WEBHOOK_ALLOW_PRIVATE,
  allowHttp: config().WEBHOOK_ALLOW_HTTP,
});
export const recipients = () => ({ phones: makePhoneNumbers(config().DEFAULT_PHONE_COUNTRY), webhook: urlPolicy() });
export const httpOptions = () => ({
  ...urlPolicy(),
  userAgent: `event-notification-service/${VERSION}`,
  // The bulkhead limits what a tenant has in flight to an origin: here tenants must not wait for
  // each other's connections.
  maxConnectionsPerOrigin: TOTAL,
});

export const changePorts = (): ChangePorts => ({
  ...shared,
  notifications: notificationStore(),
  events: eventStore(),
  timer: timer(),
  policy: policy(),
});
export const eventPorts = () => ({ ...shared, events: eventStore(), queues: workQueues(), policy: policy() });

export const jobPorts = () => ({
  ...shared,
  jobs: jobStore(),
  places: placesStore(),
  kinds: JOB_KINDS,
  queues: workQueues(),
  policy: policy(),
});

export const channels = /* @__PURE__ */ lazy(() => {
  requireSecrets(CHANNEL_SECRETS);
  return makeChannels(config(), { clock, http: httpOptions(), aws: { region: config().AWS_REGION } });
});

export const destinationOf = /* @__PURE__ */ lazy(() =>
  makeDestinationOf({ allowed: config().RECIPIENTS_ALLOWED, redirects: config().RECIPIENTS_REDIRECT }),
);

export const apiKeyStore = /* @__PURE__ */ lazy(() => makeApiKeyStore(plainTable()));
