/**
 * The wiring: adapters -> services, each made at its first use. Handlers import it as a namespace, so that a
 * function's bundle holds only what its handler reaches.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  changePorts,
  channels,
  deadLetterStore,
  destinationOf,
  endpointCount,
  endpointHealth,
  endpointStore,
  eventPorts,
  fenceStore,
  httpOptions,
  jobPorts,
  notificationStore,
  partitions,
  plainTable,
  policy,
  recipients,
  resultStore,
  scheduleCount,
  scheduleStore,
  shared,
  timer,
  urlPolicy,
} from './adapters.ts';
import { dynamoClient, schedulerClient, sqsClient } from './aws/clients.ts';
import { probeQueue, probeScheduleGroup, probeTable } from './aws/probes.ts';
import { makeSchedules } from './aws/queues/schedules.ts';
import { makeOpenIndex, makeScheduleIndex } from './aws/stores/open-index.ts';
import { makeSlotStore } from './aws/stores/slot-store.ts';
import { makeTableFormat } from './aws/table/table-format.ts';
import type { Batch } from './batch/read.ts';
import { makeBatchRunner } from './batch/run.ts';
import { makeBulkService } from './bulk/service.ts';
import { BULK_POLICY, makeBulkWork } from './bulk/workers/bulk.ts';
import { makeWebhookChannel } from './channels/webhook/send.ts';
import { lazy } from './concurrency/lazy.ts';
import { config, required } from './config.ts';
import { makeDeadLetterService } from './dead-letters/service.ts';
import { makeDeadLetterRecorder } from './dead-letters/workers/record.ts';
import { makeRedriveWork } from './dead-letters/workers/redrive.ts';
import { makeReceiverLimits } from './delivery/limits/receiver-limits.ts';
import { makeEndpointTestService } from './delivery/send-test.ts';
import { makeDeliveryService } from './delivery/service.ts';
import { makeEndpointService } from './endpoints/service.ts';
import { makeErasureService } from './erasure/service.ts';
import { makeErasureWork } from './erasure/workers/erase.ts';
import { makeEventChanges } from './events/changes.ts';
import type { NewEvent } from './events/new-event.ts';
import { makeEventService } from './events/service.ts';
import { makeEventProcessService } from './events/workers/process.ts';
import { makeFenceCheck } from './fences/check.ts';
import { makeFences } from './fences/raise.ts';
import { makeHealthService } from './health/service.ts';
import { makeCursors } from './http/cursor.ts';
import type { JobKindName } from './jobs/job.ts';
import type { JobWork } from './jobs/kind.ts';
import { makeJobService } from './jobs/service.ts';
import { makeJobCheck } from './jobs/workers/check.ts';
import { makeJobRunner } from './jobs/workers/run.ts';
import { compose } from './notifications/content/compose.ts';
import { createMany } from './notifications/create-many.ts';
import type { NewNotification } from './notifications/notification.ts';
import { makeNotificationService } from './notifications/service.ts';
import { leaseMs, settleMs } from './notifications/state/policy.ts';
import { makeReconcileService } from './notifications/workers/reconcile.ts';
import { makeScheduleService as makeSchedulingService } from './notifications/workers/schedule.ts';
import { clock } from './platform/clock.ts';
import { VERSION } from './platform/version.ts';
import { makeScheduleService } from './schedules/service.ts';
import { makePlanService } from './schedules/workers/plan.ts';
import { log } from './telemetry/index.ts';

export { apiKeys, authenticatedRoute, guard, keepFirstKey } from './composition/access.ts';

/**
 * For a process that lives on: loads what its first delivery would else wait for, about 0.2 s.
 * Never rejects.
 */
export const warm = async (): Promise<void> => {
  try {
    await Promise.all(Object.values(channels()).map((channel) => channel.load()));
  } catch (error) {
    log.warn('channel.not_loaded', { error });
  }
};

export const cursors = /* @__PURE__ */ lazy(() => makeCursors(required('CURSOR_SECRET')));

export const notifications = /* @__PURE__ */ lazy(() =>
  makeNotificationService({ ...changePorts(), endpoints: endpointStore(), recipients: recipients() }),
);
export const events = /* @__PURE__ */ lazy(() => makeEventService(eventPorts()));
const runBatch = /* @__PURE__ */ lazy(() => makeBatchRunner(shared));
export const createNotifications = (batch: Batch<NewNotification>, tenant: string) =>
  runBatch()(
    batch,
    tenant,
    createMany({ ...changePorts(), endpoints: endpointStore(), service: notifications() }, tenant),
  );
export const publishEvents = (batch: Batch<NewEvent>, tenant: string) =>
  runBatch()(batch, tenant, events().publishing(tenant));
export const eventProcessing = /* @__PURE__ */ lazy(() =>
  makeEventProcessService({
    ...eventPorts(),
    notifications: notificationStore(),
    endpoints: endpointStore(),
    fences: fenceStore(),
    timer: timer(),
    recipients: recipients(),
  }),
);

const receiverLimits = /* @__PURE__ */ lazy(() =>
  makeReceiverLimits({
    ...shared,
    endpoints: endpointStore(),
    circuits: endpointHealth(),
    rates: endpointHealth(),
    slots: makeSlotStore(plainTable()),
    destinationOf: destinationOf(),
    holdMs: leaseMs(config().CHANNEL_TIMEOUT_MS),
    disableAfterMs: config().ENDPOINT_DISABLE_AFTER_HOURS * 3_600_000,
  }),
);

export const delivery = /* @__PURE__ */ lazy(() =>
  makeDeliveryService({
    ...changePorts(),
    receiverLimits: receiverLimits(),
    channels: channels(),
    channelTimeoutMs: config().CHANNEL_TIMEOUT_MS,
    compose,
  }),
);

export const scheduling = /* @__PURE__ */ lazy(() =>
  makeSchedulingService({
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

export const jobs = /* @__PURE__ */ lazy(() => makeJobService(jobPorts()));
const redrivePorts = () => ({ ...changePorts(), ...eventPorts(), deadLetters: deadLetterStore() });
const redriveWork = /* @__PURE__ */ lazy(() => makeRedriveWork({ ...redrivePorts(), sleep }));
const erasureWork = /* @__PURE__ */ lazy(() =>
  makeErasureWork({ ...redrivePorts(), recipients: recipients(), schedules: scheduleStore() }),
);
const bulkPorts = () => ({
  ...changePorts(),
  ...eventPorts(),
  results: resultStore(),
  fences: makeFences({ ...shared, fences: fenceStore() }),
  fenceCheck: makeFenceCheck({ ...shared, fences: fenceStore() }),
});
const bulkWork = /* @__PURE__ */ lazy(() =>
  makeBulkWork({ ...bulkPorts(), recipients: recipients(), bulk: BULK_POLICY }),
);
/** What carries out each kind of job. */
const works: Record<JobKindName, () => JobWork> = {
  redrive: redriveWork,
  replay: redriveWork,
  erasure: erasureWork,
  cancel: bulkWork,
  reschedule: bulkWork,
};
export const jobRunner = /* @__PURE__ */ lazy(() =>
  makeJobRunner({ ...jobPorts(), workOf: ({ kind }) => works[kind]() }),
);
export const bulk = /* @__PURE__ */ lazy(() => {
  // Of the kinds of jobs it carries out its own alone, so that its functions load no other.
  const { runFirst } = makeJobRunner({ ...jobPorts(), workOf: bulkWork });
  return makeBulkService({ ...bulkPorts(), jobs: jobs(), runFirst });
});
const nameOf = (queueUrl: string): string => queueUrl.slice(queueUrl.lastIndexOf('/') + 1);

export const deadLetters = /* @__PURE__ */ lazy(() =>
  makeDeadLetterService({ ...shared, jobs: jobs(), deadLetters: deadLetterStore() }),
);
export const endpoints = /* @__PURE__ */ lazy(() =>
  makeEndpointService({
    ...shared,
    endpoints: endpointStore(),
    count: endpointCount(),
    endpointsMax: config().ENDPOINTS_MAX,
    health: endpointHealth(),
    deadLetters: deadLetters(),
    webhook: urlPolicy(),
    policy: policy(),
    settleMs: settleMs(config().CHANNEL_TIMEOUT_MS),
  }),
);
export const endpointTests = /* @__PURE__ */ lazy(() =>
  makeEndpointTestService({
    ...shared,
    endpoints: endpointStore(),
    channel: makeWebhookChannel(httpOptions(), { clock }),
    destinationOf: destinationOf(),
    timeoutMs: config().CHANNEL_TIMEOUT_MS,
  }),
);
export const erasure = /* @__PURE__ */ lazy(() =>
  makeErasureService({ ...shared, jobs: jobs(), recipients: recipients() }),
);

export const recorder = /* @__PURE__ */ lazy(() =>
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

export const tableFormat = /* @__PURE__ */ lazy(() => makeTableFormat(dynamoClient(), config().TABLE_NAME));

const schedulePorts = () => ({ ...changePorts(), schedules: scheduleStore() });
export const schedules = /* @__PURE__ */ lazy(() =>
  makeScheduleService({
    ...schedulePorts(),
    endpoints: endpointStore(),
    recipients: recipients(),
    count: scheduleCount(),
    schedulesMax: config().SCHEDULES_MAX,
  }),
);
const planning = /* @__PURE__ */ lazy(() =>
  makePlanService({ ...schedulePorts(), index: makeScheduleIndex(plainTable()) }),
);

export const reconciling = /* @__PURE__ */ lazy(() =>
  makeReconcileService({
    ...changePorts(),
    open: makeOpenIndex(plainTable(), partitions()),
    checkEvent: makeEventChanges(eventPorts()).check,
    checkJob: makeJobCheck(jobPorts()),
    planSchedules: (options) => planning().pass(options),
  }),
);

export const health = /* @__PURE__ */ lazy(() =>
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
