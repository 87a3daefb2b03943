/**
 * The sockets of the house: small interfaces, owned by the code that consumes them. Adapters live in `lib/aws`,
 * `lib/channels` and `lib/testing`. Times are epoch milliseconds unless a name says otherwise.
 */

import type { SigningKeys } from './channels/signature.ts';
import type { DeferralReason, FailureReason } from './delivery/reasons.ts';
import type { DisabledReason, Endpoint, EndpointHealth } from './endpoints/endpoint.ts';
import type { Event } from './events/event.ts';
import type { ChannelName, Notification } from './notifications/notification.ts';

/** Two times. Only the local stack makes them differ: there `now` can be advanced, `real` never. */
export interface Clock {
  /** Business time: due times, delays, schedules, TTL. */
  now(): number;
  /** Wall-clock time: leases, timeouts, signatures. Nothing that protects work in progress may jump with `now`. */
  real(): number;
  /** Monotonic milliseconds, to measure elapsed time when the wall clock may step. */
  monotonic(): number;
  /** The business time up to which the last advance jumped (0 when there was none): what was due before it is late by the advance. */
  jumpedTo(): number;
}

/** Everything random, injectable: tests make it deterministic. */
export interface Random {
  /** `prefix` + 26 characters of Crockford base32: 130 random bits. */
  id(prefix: string): string;
  /** A short token, 12 url-safe characters: write ids, lease ids. */
  token(): string;
  /** Uniform in [0, 1). */
  fraction(): number;
}

/** What a failed conditional write found: the item as it is, `undefined` when there is none (or it has expired). */
export type Conflict<T> = { written: false; current: T | undefined };
export type Written<T> = { written: true; item: T };

/**
 * A page ends before what is read for it, as stored, exceeds this; the first record always fits.
 * Encoded it may grow, but seldom to the 6 MB of a Lambda's answer, and a job that holds a page
 * stays within 256 MB.
 */
export const PAGE_BYTES_MAX = 4_000_000;

/** A page read newest first, ended by count or by bytes. `next` is where to go on when there may be more. */
export interface Page<T> {
  items: T[];
  next?: string;
}

/**
 * One item is the truth. `create` wins only where nothing (or something expired) is; `replace` wins only over the exact
 * revision that was read (`writeId`). Both recognise their own earlier success after an SDK retry and report it as written.
 */
export interface ItemStore<T> {
  get(id: string): Promise<T | undefined>;
  create(item: T): Promise<Written<T> | Conflict<T>>;
  replace(next: T, expectedWriteId: string): Promise<Written<T> | Conflict<T>>;
}

export interface ListQuery {
  tenant: string;
  limit: number;
  /** Only items whose position is strictly before (older than) this one. */
  before?: string;
  /** Creation window, epoch ms: since <= created < until. */
  since?: number;
  until?: number;
}

export interface NotificationQuery extends ListQuery {
  entityId?: string;
  type?: string;
  /** Residual filter, applied to what the index returned; a page may be short because of it. */
  matches?: (item: Notification) => boolean;
}

export interface EventQuery extends ListQuery {
  source?: string;
  type?: string;
}

export interface ClaimRequest {
  id: string;
  timerSeq: number;
  /** Business time: the item must be due by then. */
  now: number;
  lease: { id: string; claimedAt: number; until: number };
  writeId: string;
}

export interface NotificationStore extends ItemStore<Notification> {
  /**
   * The fresh claim, blind, in one conditional write: status PENDING, SCHEDULED or RETRYING, `timerSeq` equal, due, no lease.
   * Sets the lease and status SENDING, `firstClaimedAt` when absent, moves `version`. Finding its own lease is success.
   */
  claim(request: ClaimRequest): Promise<Written<Notification> | Conflict<Notification>>;
  /** PENDING -> SCHEDULED, conditional on PENDING and `timerSeq`; moves `nextCheckAt`. Not a client-visible edit: `version` stays. */
  markScheduled(request: {
    id: string;
    timerSeq: number;
    nextCheckAt: number;
    writeId: string;
  }): Promise<Written<Notification> | Conflict<Notification>>;
  list(query: NotificationQuery): Promise<Page<Notification>>;
}

export interface EventStore extends ItemStore<Event> {
  /** Rejects with `payload-too-large` what `create` would; nothing is written. */
  checkSize(event: Event): Promise<void>;
  list(query: EventQuery): Promise<Page<Event>>;
  /** Moves the event's TTL forward to at least `expiresAt` (epoch seconds), or removes it with `undefined`. An absent event is no error. */
  keepUntil(id: string, expiresAt: number | undefined): Promise<void>;
}

/**
 * The configuration of webhook endpoints, written by the API, and by a delivery that disables one: always by `replace` over
 * the revision that was read, so that a change made meanwhile (another URL, enabled again) is never undone.
 */
export interface EndpointStore extends ItemStore<Endpoint> {
  /** Newest first; deleted ones are left out. */
  list(query: ListQuery): Promise<Page<Endpoint>>;
}

/** What the API needs of the endpoints' health, which deliveries write. */
export interface EndpointHealthReader {
  /** By endpoint id; one that nothing is known of is absent. */
  getAll(endpointIds: string[]): Promise<Map<string, EndpointHealth>>;
  /** The endpoint starts anew: it was enabled, or has another URL. */
  forget(endpointId: string): Promise<void>;
}

export interface Due {
  id: string;
  kind: 'notification' | 'event' | 'job';
  nextCheckAt: number;
}

/** The sparse, sharded index of what the reconciler must look at; over notifications, events and jobs alike. */
export interface OpenIndex {
  /**
   * Ids whose `nextCheckAt` <= now, oldest first within a shard, at most `limit` for each partition
   * of the lists.
   */
  due(now: number, limit: number): Promise<Due[]>;
  /** Moves `nextCheckAt` without reading the item, unless it has moved meanwhile. */
  postpone(due: Due, until: number): Promise<void>;
}

/** A time to act. `seq` is the item's `timerSeq` when it was armed; `due` the business time. */
export interface Timer {
  id: string;
  /** Whose it is: queues are fair between tenants. */
  tenant: string;
  seq: number;
  due: number;
}

/** Hands timers on. Throws when the hand-off failed; the caller logs and counts it, the reconciler heals it. */
export interface TimerPort {
  /** Near (<= 15 min or past) -> delivery queue with a delay in whole seconds (floor); later -> schedule queue. */
  arm(timer: Timer): Promise<void>;
  /** Enqueues the deletion of the schedule entry that `arm` may have led to. Clean-up, never the decision. */
  disarm(timer: Omit<Timer, 'due'>): Promise<void>;
}

/** EventBridge Scheduler, one-time entries named `<id>-<seq>`; create and remove are idempotent. */
export interface SchedulePort {
  create(timer: Timer, fireAt: number): Promise<void>;
  remove(timer: { id: string; seq: number }): Promise<void>;
}

/** What a message of a work queue is about, and whose it is. */
interface Owned {
  id: string;
  tenant: string;
}

/** Queues other than the timers'. */
export interface WorkQueues {
  processEvents(events: Owned[]): Promise<void>;
  replay(job: Owned, delaySeconds: number): Promise<void>;
  erase(job: Owned, delaySeconds: number): Promise<void>;
  /** Sends a raw body back to the named queue (redrive of what could not be parsed). */
  resend(queue: string, body: string): Promise<void>;
}

/** What is to be said, already rendered, the same on every attempt. */
export interface OutgoingMessage {
  notificationId: string;
  tenant: string;
  /** The e-mail address, E.164 number or URL, by channel. */
  to: string;
  subject: string;
  body: string;
  /** The webhook's JSON, the same bytes on every attempt. */
  payload: string;
  /** When it is due, epoch ms: goes along as `X-Notification-Due` or context, so that whoever receives it can tell how late it is. */
  dueAt?: number;
  /** Of the webhook endpoint it goes to: `keys` (newest first) sign instead of the configured secrets, `headers` go along. */
  webhook?: { keys: SigningKeys[]; headers: Record<string, string> };
}

/** The outcome of one attempt is a value; a channel throws only when it is misconfigured or has a bug (treated as retry). */
export type SendResult = (
  | { outcome: 'sent'; httpStatus?: number }
  /**
   * Worth another try. `retryAfterMs` is what the receiver asked for; `redirectedTo` the origin
   * that a redirect points at, which may tell who the recipient is: it is shown to the tenant, and
   * neither logged nor a label.
   */
  | { outcome: 'retry'; error: FailureReason; httpStatus?: number; retryAfterMs?: number; redirectedTo?: string }
  /** Hopeless: no further attempt. */
  | { outcome: 'failed'; error: FailureReason; httpStatus?: number }
) & {
  /**
   * The kept connection closed before any answer, so it was sent once more: the receiver may have
   * it twice.
   */
  resent?: true;
};

export interface SendOptions {
  signal: AbortSignal;
  /**
   * Called with work that goes on after the result, on behalf of the receiver. It ends soon after
   * `signal` aborts, never rejected.
   */
  waitUntil?: (work: Promise<void>) => void;
}

export interface Channel {
  readonly name: ChannelName;
  /** Must settle soon after `signal` aborts; an abort is a retry with error `timeout`. */
  send(message: OutgoingMessage, options: SendOptions): Promise<SendResult>;
}

export type Channels = Record<ChannelName, Channel>;

export type HandOffStep = 'arm' | 'disarm' | 'process' | 'replay' | 'erase';
export type ReconciledKind = 'notification' | 'lease' | 'event' | 'job' | 'postponed';
export type DisabledBy = Exclude<DisabledReason, 'manual'>;

/** Metrics as domain verbs: one definition, two sinks. Labels are bounded; no ids, no personal data. Durations in seconds. */
export interface Metrics {
  httpRequest(labels: { route: string; method: string; status: number }, seconds: number): void;
  eventPublished(labels: { type: string }): void;
  eventProcessed(labels: { outcome: 'processed' | 'rejected' }): void;
  notificationCreated(labels: { type: string }): void;
  notificationScheduled(): void;
  notificationSent(): void;
  /** `reason` as it is stored: a status of the receiver's own is counted by its class. */
  notificationFailed(labels: { reason: string }): void;
  notificationCanceled(): void;
  attempt(labels: { channel: ChannelName; outcome: SendResult['outcome'] }, seconds: number): void;
  /** First attempt start - due. Not called for lateness that a clock advance caused. */
  lateness(seconds: number): void;
  /** A timer that fired for something canceled, rescheduled or already done. */
  timerStale(): void;
  /** A best-effort hand-off that failed and is left to the reconciler. */
  handOffFailed(labels: { step: HandOffStep }): void;
  /** A pass that came to its end, whether anything was to be done or not: its absence is what tells of a silent reconciler. */
  reconcilePassed(): void;
  /** What the reconciler put back on the road, or closed. */
  reconciled(labels: { kind: ReconciledKind }): void;
  deadLetter(labels: { kind: 'delivery' | 'message' }): void;
  /** Not sent, because the receiver's limits said "later". */
  deliveryDeferred(labels: { reason: DeferralReason }): void;
  /** By what its deliveries met. */
  endpointDisabled(labels: { reason: DisabledBy }): void;
  /** A count for the rate limit that could not be shared: this process goes on by itself. */
  rateShareFailed(): void;
}

/** One JSON line each. `fields` must hold no personal data. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
