/**
 * What the contract says comes out, as far as the checks look at it; not imported from the service,
 * which is the one on trial.
 */

export type Status = 'PENDING' | 'SCHEDULED' | 'SENDING' | 'RETRYING' | 'SENT' | 'FAILED' | 'CANCELED';

export interface ChannelState {
  state: 'pending' | 'sending' | 'retrying' | 'sent' | 'failed' | 'stopped';
  attempts: number;
  next_attempt_at?: string;
  last_error?: string;
}

export interface Attempt {
  channel: string;
  number: number;
  started_at: string;
  finished_at: string;
  lateness_ms: number;
  outcome: string;
  http_status?: number;
  error?: string;
}

export interface Notification {
  id: string;
  notification_type: string;
  entity_id: string;
  target_date?: string;
  lead_time_days?: number;
  send_at: string;
  window?: Record<string, unknown>;
  deferred_to?: string;
  deferred_by?: string;
  phone?: string;
  webhook_url?: string;
  subject?: string;
  data?: Record<string, unknown>;
  event_id?: string;
  priority?: 'normal' | 'bulk';
  body?: string;
  schedule_id?: string;
  status: Status;
  status_reason?: string;
  channels: Record<string, ChannelState>;
  attempts: Attempt[];
  sent_at?: string;
  created_at: string;
  updated_at: string;
  version: number;
}

/** What became of the items of a batch. */
export interface BatchResults {
  results: {
    index: number;
    status: number;
    id?: string;
    version?: number;
    replayed?: true;
    problem?: { code: string; status: number; errors?: { pointer: string }[] };
  }[];
}

export interface Event {
  id: string;
  type: string;
  source: string;
  source_id?: string;
  subject?: string;
  time?: string;
  payload: Record<string, unknown>;
  created_at: string;
  status: 'ACCEPTED' | 'PROCESSED' | 'REJECTED';
  reason?: string;
  notifications?: string[];
}

export interface DeadLetter {
  id: string;
  kind: 'delivery' | 'message';
  reason: string;
  notification_id?: string;
  event_id?: string;
  attempts: number;
  first_failed_at: string;
  last_failed_at: string;
  redriven_at?: string;
}

export interface Job {
  job_id: string;
  kind: string;
  status: 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELED';
  created_at: string;
  started_at?: string;
  finished_at?: string;
}

export interface RedriveJob extends Job {
  matched: number;
  redriven: number;
  skipped: number;
  failed: number;
}

export interface BulkJob {
  job_id: string;
  kind: 'cancel' | 'reschedule';
  status: 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELED';
  as_of: string;
  matched: number;
  changed: number;
  too_late: number;
  not_applicable: number;
  failed: number;
}

export interface BulkResult {
  id: string;
  outcome: 'changed' | 'too_late' | 'not_applicable' | 'failed';
  status?: Status;
}

export interface Endpoint {
  id: string;
  url: string;
  header_names: string[];
  rate_limit?: number;
  state: 'enabled' | 'disabled';
  public_key: string;
  secret?: string;
  replay_job_id?: string;
  version: number;
}

export interface Schedule {
  id: string;
  state: 'active' | 'paused' | 'ended' | 'deleted';
  next_occurrences: string[];
  planned?: { id: string; at: string };
  pending?: { id: string; outcome: 'changed' | 'canceled' | 'too_late' };
  version: number;
}

export interface Key {
  id: string;
  name: string;
  tenant: string;
  scopes: string[];
  created_at: string;
  last_used_at?: string;
  revoked_at?: string;
}

export interface ErasureJob extends Job {
  by: string;
  masked: string;
  erased: number;
  canceled: number;
  waiting: number;
}

/** The closed catalogue. */
export const CODES = {
  'validation-failed': 400,
  'malformed-json': 400,
  'invalid-cursor': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'already-attempted': 409,
  'not-failed': 409,
  'already-ended': 409,
  'key-not-active': 409,
  'not-cancelable': 409,
  'limit-reached': 409,
  'precondition-failed': 412,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'idempotency-key-reused': 422,
  'rate-limited': 429,
  internal: 500,
  unavailable: 503,
} as const;
export type Code = keyof typeof CODES;

export const EVENTS = '/api/v1/events/';
export const NOTIFICATIONS = '/api/v1/notifications/';
export const LETTERS = '/api/v1/dead-letters/';
export const ENDPOINTS = '/api/v1/endpoints/';
export const SCHEDULES = '/api/v1/schedules/';
export const KEYS = '/api/v1/keys/';
export const ERASURE = '/api/v1/erasure';
export const JOBS = '/api/v1/jobs/';

/** Every route of the contract, without its trailing slash. */
export const ROUTES: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/'],
  ['POST', '/api/v1/events'],
  ['GET', '/api/v1/events'],
  ['POST', '/api/v1/events/batch'],
  ['GET', '/api/v1/events/{id}'],
  ['POST', '/api/v1/notifications'],
  ['GET', '/api/v1/notifications'],
  ['GET', '/api/v1/notifications/{id}'],
  ['PATCH', '/api/v1/notifications/{id}'],
  ['DELETE', '/api/v1/notifications/{id}'],
  ['POST', '/api/v1/notifications/{id}/stop'],
  ['POST', '/api/v1/notifications/{id}/retry'],
  ['POST', '/api/v1/notifications/cancel'],
  ['POST', '/api/v1/notifications/reschedule'],
  ['GET', '/api/v1/jobs/{job_id}/results'],
  ['GET', '/api/v1/dead-letters'],
  ['POST', '/api/v1/dead-letters/redrive'],
  ['GET', '/api/v1/dead-letters/redrive/{job_id}'],
  ['POST', '/api/v1/endpoints'],
  ['GET', '/api/v1/endpoints'],
  ['GET', '/api/v1/endpoints/{id}'],
  ['PATCH', '/api/v1/endpoints/{id}'],
  ['DELETE', '/api/v1/endpoints/{id}'],
  ['POST', '/api/v1/endpoints/{id}/rotate-secret'],
  ['POST', '/api/v1/endpoints/{id}/disable'],
  ['POST', '/api/v1/endpoints/{id}/enable'],
  ['POST', '/api/v1/endpoints/{id}/test'],
  ['POST', '/api/v1/schedules'],
  ['GET', '/api/v1/schedules'],
  ['POST', '/api/v1/schedules/preview'],
  ['GET', '/api/v1/schedules/{id}'],
  ['PATCH', '/api/v1/schedules/{id}'],
  ['DELETE', '/api/v1/schedules/{id}'],
  ['POST', '/api/v1/keys'],
  ['GET', '/api/v1/keys'],
  ['GET', '/api/v1/keys/{id}'],
  ['DELETE', '/api/v1/keys/{id}'],
  ['POST', '/api/v1/keys/{id}/rotate'],
  ['POST', '/api/v1/erasure'],
  ['GET', '/api/v1/erasure/{job_id}'],
  ['GET', '/api/v1/jobs'],
  ['GET', '/api/v1/jobs/{job_id}'],
  ['POST', '/api/v1/jobs/{job_id}/cancel'],
  ['GET', '/health'],
  ['GET', '/health/ready'],
  ['GET', '/health/live'],
];
