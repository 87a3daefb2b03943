import type { DeferralReason, StatusReason } from '../schema/reasons.ts';

/**
 * Nothing was sent: what limits the receiver says "not now". Not an attempt, so it neither counts
 * nor is listed; `until` becomes the channel's next attempt, and lateness is measured from there:
 * what a receiver's limits delay is not our lateness.
 */
export interface Deferral {
  outcome: 'deferred';
  error: DeferralReason;
  /** Business time. */
  until: number;
  /** Its place in a rate-limited receiver's row, which the channel keeps until its next attempt. */
  slotAt?: number;
}

/** Nothing was sent on the channel, and nothing will be. Not an attempt either. */
export interface ChannelStop {
  outcome: 'stopped';
  error: StatusReason;
}
