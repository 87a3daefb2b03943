import { KNOWN_TYPES } from '../events/known-types.ts';

/** The one list of metrics. Names, units and labels are the same in every sink; durations are seconds. */
export interface Definition {
  kind: 'counter' | 'histogram' | 'gauge';
  /** A CloudWatch unit; the Prometheus name carries it as its suffix. */
  unit: 'Count' | 'Seconds';
  help: string;
  labels: readonly string[];
  /** Sets of labels that Prometheus has with 0 from the start: what appears with its first 1 is no increase to it. */
  starts?: readonly Labels[];
  /** Upper bounds, in the unit; Prometheus only, CloudWatch keeps the values. */
  buckets?: readonly number[];
}

const counter = (help: string, ...labels: string[]): Definition => ({ kind: 'counter', unit: 'Count', help, labels });
/** Of one label, with the values that are known beforehand; others may come. */
const counterBy = (label: string, values: readonly string[], help: string): Definition => ({
  ...counter(help, label),
  starts: values.map((value) => ({ [label]: value })),
});
const histogram = (help: string, buckets: readonly number[], ...labels: string[]): Definition => ({
  kind: 'histogram',
  unit: 'Seconds',
  help,
  labels,
  buckets,
});
const gauge = (unit: Definition['unit'], help: string, ...labels: string[]): Definition => ({
  kind: 'gauge',
  unit,
  help,
  labels,
});

const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ATTEMPT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20];
/** 5 ms to 1 h: the goals are 25 ms (p50) and 150 ms (p99), an outage shows in the upper ones. */
const LATENESS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600];

/** A caller's own types are `other`. */
const TYPES = [...KNOWN_TYPES, 'other'];
const CHANNELS = ['email', 'sms', 'webhook'];
const OUTCOMES = ['sent', 'retry', 'failed'];
/** What most notifications end with that fail; a receiver may answer with any other status. */
const REASONS = [
  ...['http_404', 'http_410', 'http_429', 'http_500', 'http_502', 'http_503', 'http_504'],
  ...['timeout', 'connection_refused', 'connection_reset', 'dns_failure', 'tls_error', 'url_not_allowed'],
  ...['endpoint_disabled', 'endpoint_deleted', 'invalid_recipient', 'unprocessable', 'stopped'],
];

export const definitions = {
  event_system_http_requests_total: counter('Requests answered.', 'route', 'method', 'status'),
  event_system_http_request_duration_seconds: histogram(
    'Time to answer a request.',
    REQUEST_BUCKETS,
    'route',
    'method',
    'status',
  ),
  event_system_events_published_total: counterBy('type', TYPES, 'Events accepted.'),
  event_system_events_processed_total: counterBy(
    'outcome',
    ['processed', 'rejected'],
    'Events whose rules were applied.',
  ),
  event_system_notifications_created_total: counterBy('type', TYPES, 'Notifications accepted.'),
  event_system_notifications_scheduled_total: counter('Notifications given to EventBridge Scheduler.'),
  event_system_notifications_sent_total: counter('Notifications sent on every channel.'),
  event_system_notifications_failed_total: counterBy('reason', REASONS, 'Notifications that ended FAILED.'),
  event_system_notifications_canceled_total: counter('Notifications canceled before any attempt.'),
  event_system_delivery_attempts_total: {
    ...counter('Delivery attempts finished.', 'channel', 'outcome'),
    starts: CHANNELS.flatMap((channel) => OUTCOMES.map((outcome) => ({ channel, outcome }))),
  },
  event_system_delivery_attempt_duration_seconds: histogram(
    'Time a delivery attempt took.',
    ATTEMPT_BUCKETS,
    'channel',
    'outcome',
  ),
  event_system_delivery_lateness_seconds: histogram('First attempt start minus due time.', LATENESS_BUCKETS),
  event_system_timers_stale_total: counter('Timers that fired for something canceled, rescheduled or done.'),
  event_system_hand_off_failures_total: counterBy(
    'step',
    ['arm', 'disarm', 'process', 'replay', 'erase'],
    'Hand-offs that failed and were left to the reconciler.',
  ),
  event_system_reconcile_passes_total: counter('Passes of the reconciler that came to their end.'),
  event_system_reconciled_total: counterBy(
    'kind',
    ['notification', 'lease', 'event', 'job', 'postponed'],
    'What the reconciler put back on the road, or closed; or put off, because it could not be handled.',
  ),
  event_system_dead_letters_total: counterBy('kind', ['delivery', 'message'], 'Dead letters recorded.'),
  event_system_rate_share_failures_total: counter('Counts for the rate limit that could not be shared.'),
  event_system_deliveries_deferred_total: counterBy(
    'reason',
    [
      ...['circuit_open', 'concurrency_limited', 'endpoint_disabled', 'gate_unavailable', 'held_up', 'rate_limited'],
      'receiver_busy',
    ],
    'Deliveries put off by the limits of their receiver or provider.',
  ),
  event_system_endpoints_disabled_total: counterBy(
    'reason',
    ['gone', 'failing'],
    'Endpoints disabled by what their deliveries met.',
  ),
  event_system_queue_depth: gauge('Count', 'Messages that wait in a queue, ready to be received.', 'queue'),
  event_system_queue_oldest_age_seconds: gauge('Seconds', 'Age of the oldest message lately received.', 'queue'),
} as const satisfies Record<string, Definition>;

/** The values of a `type` label; a caller's own types are `other`. */
export const LABELLED_TYPES: ReadonlySet<string> = new Set(KNOWN_TYPES);

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
