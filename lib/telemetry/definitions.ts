import { catalogue } from '../errors.ts';
import { byChannel } from '../schema/channel-names.ts';
import { KNOWN_TYPES } from '../schema/notification-types.ts';
import type { AttemptOutcome } from '../schema/reasons.ts';
import { DEFERRAL_REASONS, FAILURE_LABELS, statusClass } from '../schema/reasons.ts';
import { closed, type Label, named, open } from './labels.ts';
import type { DisabledBy, HandOffStep, ReconciledKind } from './metrics.ts';

/** The one list of metrics. Names, units and labels are the same in every sink; durations are seconds. */
export interface Definition {
  kind: 'counter' | 'histogram' | 'gauge';
  /** A CloudWatch unit; the Prometheus name carries it as its suffix. */
  unit: 'Count' | 'Seconds';
  help: string;
  labels: Readonly<Record<string, Label>>;
  /** Upper bounds, in the unit; Prometheus only, CloudWatch keeps the values. */
  buckets?: readonly number[];
}
type LabelSet = Definition['labels'];

const counter = (help: string, labels: LabelSet = {}): Definition => ({ kind: 'counter', unit: 'Count', help, labels });
const histogram = (help: string, buckets: readonly number[], labels: LabelSet = {}): Definition => ({
  kind: 'histogram',
  unit: 'Seconds',
  help,
  labels,
  buckets,
});
const gauge = (unit: Definition['unit'], help: string, labels: LabelSet): Definition => ({
  kind: 'gauge',
  unit,
  help,
  labels,
});

const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ATTEMPT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20];
/** 5 ms to 1 h: the goals are 25 ms (p50) and 150 ms (p99), an outage shows in the upper ones. */
const LATENESS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600];

const OUR_STATUSES = new Set([200, 201, 202, 204, 304, ...Object.values(catalogue).map(({ status }) => status)]);

const REQUEST = {
  /** A template of serverless.yml. */
  route: named,
  method: closed({ GET: 1, HEAD: 1, POST: 1, PUT: 1, PATCH: 1, DELETE: 1, OPTIONS: 1, OTHER: 1 }),
  status: open([...OUR_STATUSES, '2xx', '3xx', '4xx', '5xx'].map(String), (status) => `${status[0]}xx`),
};
/** A caller's own types are `other`. */
const TYPE = { type: open(KNOWN_TYPES) };
const ATTEMPT = {
  channel: closed(byChannel(() => 1)),
  outcome: closed<AttemptOutcome>({ sent: 1, retry: 1, failed: 1 }),
};
/** As configured. */
const QUEUE = { queue: named };

export const definitions = {
  event_system_http_requests_total: counter('Requests answered.', REQUEST),
  event_system_http_request_duration_seconds: histogram('Time to answer a request.', REQUEST_BUCKETS, REQUEST),
  event_system_events_published_total: counter('Events accepted.', TYPE),
  event_system_events_processed_total: counter('Events whose rules were applied.', {
    outcome: closed({ processed: 1, rejected: 1 }),
  }),
  event_system_notifications_created_total: counter('Notifications accepted.', TYPE),
  event_system_notifications_scheduled_total: counter('Notifications given to EventBridge Scheduler.'),
  event_system_notifications_sent_total: counter('Notifications sent on every channel.'),
  event_system_notifications_failed_total: counter('Notifications that ended FAILED.', {
    reason: open(FAILURE_LABELS, statusClass),
  }),
  event_system_notifications_canceled_total: counter('Notifications canceled before any attempt.'),
  event_system_delivery_attempts_total: counter('Delivery attempts finished.', ATTEMPT),
  event_system_delivery_attempt_duration_seconds: histogram('Time a delivery attempt took.', ATTEMPT_BUCKETS, ATTEMPT),
  event_system_delivery_lateness_seconds: histogram('First attempt start minus due time.', LATENESS_BUCKETS),
  event_system_timers_stale_total: counter('Timers that fired for something canceled, rescheduled or done.'),
  event_system_hand_off_failures_total: counter('Hand-offs that failed and were left to the reconciler.', {
    step: closed<HandOffStep>({ arm: 1, disarm: 1, process: 1, replay: 1, erase: 1, job: 1 }),
  }),
  event_system_reconcile_passes_total: counter('Passes of the reconciler that ended.'),
  event_system_reconciled_total: counter(
    'What the reconciler repaired, closed, or postponed as it could not handle it.',
    {
      kind: closed<ReconciledKind>({ notification: 1, lease: 1, event: 1, job: 1, schedule: 1, postponed: 1 }),
    },
  ),
  event_system_dead_letters_total: counter('Dead letters recorded.', {
    kind: closed({ delivery: 1, message: 1 }),
  }),
  event_system_rate_share_failures_total: counter('Counts for the rate limit that could not be shared.'),
  event_system_deliveries_deferred_total: counter(
    'Deliveries put off, by their window, the limits of their receiver or provider, or the service itself; or too late.',
    { reason: open(DEFERRAL_REASONS) },
  ),
  event_system_endpoints_disabled_total: counter('Endpoints disabled by the results of their deliveries.', {
    reason: closed<DisabledBy>({ gone: 1, failing: 1 }),
  }),
  event_system_queue_depth: gauge('Count', 'Messages that wait in a queue, ready to be received.', QUEUE),
  event_system_queue_oldest_age_seconds: gauge('Seconds', 'Age of the oldest message recently received.', QUEUE),
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof definitions;
export type Labels = Record<string, string>;

/** Where observations go: `emf.ts` (CloudWatch) or `prometheus.ts`. */
export interface Sink {
  /** A counter moves by `value`, a histogram observes it, a gauge becomes it. */
  record(name: MetricName, labels: Labels, value: number): void;
  /** Writes out what is buffered; called at the end of every invocation. */
  flush(): void;
  /** The Prometheus text exposition; empty where there is none. */
  text(): Promise<string>;
}
