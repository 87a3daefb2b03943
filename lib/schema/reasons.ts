/**
 * Why a delivery was not made, in short public words. What is not listed here does not compile, so
 * every word has its metric label.
 */

/** Put off, by the limits of its receiver, by its window or by ourselves; or too late (`expired`). */
export const DEFERRAL_REASONS = [
  ...(['circuit_open', 'concurrency_limited', 'endpoint_disabled', 'expired', 'gate_unavailable'] as const),
  ...(['held_up', 'memory_full', 'rate_limited', 'receiver_busy', 'window'] as const),
] as const;
export type DeferralReason = (typeof DEFERRAL_REASONS)[number];

const NETWORK = [
  ...([
    'authentication_failed',
    'blocked_address',
    'connection_failed',
    'connection_refused',
    'connection_reset',
  ] as const),
  ...(['dns_failure', 'invalid_response', 'timeout', 'unreachable'] as const),
  ...(['tls_certificate_expired', 'tls_certificate_invalid', 'tls_error', 'tls_handshake_failed'] as const),
  ...(['tls_name_mismatch', 'tls_unknown_issuer'] as const),
] as const;
const REFUSED = [
  ...(['redirect_refused', 'url_not_allowed', 'invalid_recipient', 'endpoint_deleted', 'endpoint_disabled'] as const),
] as const;
const OWN = [
  ...(['channel_error', 'credentials_unavailable', 'expired', 'not_allowed', 'stopped'] as const),
  ...(['unprocessable', 'window', 'worker_lost', 'unknown'] as const),
] as const;

/** Of SES and End User Messaging: what is about the account, or happens every day. */
const PROVIDER = [
  ...['access_denied', 'account_disabled', 'account_suspended', 'bad_request', 'conflict', 'internal_server'],
  ...['insufficient_account_reputation', 'limit_exceeded', 'mail_from_domain_not_verified', 'message_rejected'],
  ...['monthly_spend_limit_reached_for_text', 'no_origination_identities_found', 'not_found', 'resource_not_found'],
  ...['destination_phone_number_not_verified', 'destination_phone_number_opted_out', 'sending_paused'],
  ...['service_quota_exceeded', 'throttling', 'too_many_requests', 'validation'],
];
const STATUSES = [307, 308, 400, 401, 403, 404, 408, 410, 413, 422, 429, 500, 502, 503, 504].map(
  (status) => `http_${status}`,
);

/** What a failure's label says. Receivers choose among thousands of others, so those count by their class. */
export const FAILURE_LABELS: readonly string[] = [
  ...[...NETWORK, ...REFUSED, ...OWN, ...PROVIDER, ...STATUSES],
  ...['http_4xx', 'http_5xx', 'smtp_4xx', 'smtp_5xx'],
];

/** `http_418` -> `http_4xx`. */
export const statusClass = (reason: string): string => reason.replace(/^(http|smtp)_(\d)\d\d$/, '$1_$2xx');

/** AWS's own name for what went wrong: there are hundreds, and more to come. */
export type ProviderReason = string & { readonly from: 'provider' };
export type FailureReason =
  | (typeof NETWORK)[number]
  | (typeof REFUSED)[number]
  | (typeof OWN)[number]
  | `http_${number}`
  | `smtp_${number}`
  | ProviderReason;

/** Why a notification ended as it did, where its status alone does not say. */
export const STATUS_REASONS = ['expired', 'not_allowed', 'past', 'window', 'bulk'] as const;
export type StatusReason = (typeof STATUS_REASONS)[number];
export const isStatusReason = (text: string | undefined): text is StatusReason =>
  STATUS_REASONS.some((reason) => reason === text);

/** Of one attempt. */
export type AttemptOutcome = 'sent' | 'retry' | 'failed';

export const DISABLED_REASONS = ['manual', 'gone', 'failing'] as const;

export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** With the origin that a redirect pointed at. A deferral after it has an error of its own. */
export const describeError = (error: string, redirectedTo: string | undefined): string =>
  redirectedTo !== undefined && /^http_3\d\d$/.test(error) ? `${error} to ${redirectedTo}` : error;
