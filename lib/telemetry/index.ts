/**
 * Logs and metrics as the domain speaks of them. One definition per metric
 * (`telemetry/definitions.ts`), two sinks.
 */
import { processEnvironment } from '../platform/environment.ts';
import { type Definition, definitions, type Labels, type MetricName, type Sink } from './definitions.ts';
import { makeEmfSink } from './emf.ts';
import { labelValue } from './labels.ts';
import { SERVICE } from './log.ts';
import type { Metrics } from './metrics.ts';

export type { Sink } from './definitions.ts';
export { addLogFields, log, withLogFields } from './log.ts';

/** Outside Lambda and without a runtime (a script, a unit test) metrics are not read. */
const nowhere: Sink = { record: () => {}, flush: () => {}, text: async () => '' };

const { inLambda, metricsService = SERVICE } = processEnvironment();
let sink: Sink = inLambda ? makeEmfSink({ namespace: 'EventSystem', service: metricsService }) : nowhere;

/** The runtime puts the Prometheus sink in here, so that `prom-client` stays out of Lambda bundles. */
export const useSink = (next: Sink): void => {
  sink = next;
};

export const flushMetrics = (): void => sink.flush();

/** Prometheus text exposition format 0.0.4. */
export const metricsText = (): Promise<string> => sink.text();

const record = (name: MetricName, labels: Record<string, string | number> = {}, value = 1): void => {
  const declared: Definition['labels'] = definitions[name].labels;
  const safe: Labels = {};
  for (const [label, text] of Object.entries(labels)) safe[label] = labelValue(declared[label], String(text));
  sink.record(name, safe, value);
};

export const metrics: Metrics = {
  httpRequest: (labels, seconds) => {
    record('event_system_http_requests_total', labels);
    record('event_system_http_request_duration_seconds', labels, seconds);
  },
  eventPublished: (labels) => record('event_system_events_published_total', labels),
  eventProcessed: (labels) => record('event_system_events_processed_total', labels),
  notificationCreated: (labels) => record('event_system_notifications_created_total', labels),
  notificationScheduled: () => record('event_system_notifications_scheduled_total'),
  notificationSent: () => record('event_system_notifications_sent_total'),
  notificationFailed: (labels) => record('event_system_notifications_failed_total', labels),
  notificationCanceled: () => record('event_system_notifications_canceled_total'),
  attempt: (labels, seconds) => {
    record('event_system_delivery_attempts_total', labels);
    record('event_system_delivery_attempt_duration_seconds', labels, seconds);
  },
  lateness: (seconds) => record('event_system_delivery_lateness_seconds', {}, seconds),
  timerStale: () => record('event_system_timers_stale_total'),
  handOffFailed: (labels) => record('event_system_hand_off_failures_total', labels),
  reconcilePassed: () => record('event_system_reconcile_passes_total'),
  reconciled: (labels) => record('event_system_reconciled_total', labels),
  deadLetter: (labels) => record('event_system_dead_letters_total', labels),
  deliveryDeferred: (labels) => record('event_system_deliveries_deferred_total', labels),
  endpointDisabled: (labels) => record('event_system_endpoints_disabled_total', labels),
  rateShareFailed: () => record('event_system_rate_share_failures_total'),
};

/** What the runtime reads off a queue; on AWS, CloudWatch's own AWS/SQS metrics say it. */
export const queueGauges = {
  depth: (queue: string, messages: number): void => record('event_system_queue_depth', { queue }, messages),
  oldestAge: (queue: string, seconds: number): void =>
    record('event_system_queue_oldest_age_seconds', { queue }, seconds),
};
