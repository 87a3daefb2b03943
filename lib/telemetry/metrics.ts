import type { ChannelName } from '../schema/channel-names.ts';
import type { AttemptOutcome, DeferralReason, DisabledReason } from '../schema/reasons.ts';

export type HandOffStep = 'arm' | 'disarm' | 'process' | 'replay' | 'erase' | 'job';

export type ReconciledKind = 'notification' | 'lease' | 'event' | 'job' | 'schedule' | 'postponed';

export type DisabledBy = Exclude<DisabledReason, 'manual'>;

/**
 * Metrics as domain verbs: one definition, two sinks. Labels are bounded; no ids, no personal data.
 * Durations in seconds.
 */
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
  attempt(labels: { channel: ChannelName; outcome: AttemptOutcome }, seconds: number): void;
  /** First attempt start - due. Not called for lateness that a clock advance caused. */
  lateness(seconds: number): void;
  /** A timer that fired for something canceled, rescheduled or already done. */
  timerStale(): void;
  /** A best-effort hand-off that failed and is left to the reconciler. */
  handOffFailed(labels: { step: HandOffStep }): void;
  /**
   * A pass that ended, whether anything was to be done or not: its absence shows a reconciler that
   * does not run.
   */
  reconcilePassed(): void;
  /** What the reconciler resumed, or closed. */
  reconciled(labels: { kind: ReconciledKind }): void;
  deadLetter(labels: { kind: 'delivery' | 'message' }): void;
  /** Not sent, because the receiver's limits said "later". */
  deliveryDeferred(labels: { reason: DeferralReason }): void;
  /** By what its deliveries met. */
  endpointDisabled(labels: { reason: DisabledBy }): void;
  /** A count for the rate limit that could not be shared: this process goes on by itself. */
  rateShareFailed(): void;
}
