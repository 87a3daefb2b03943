import type { Kept } from '../../store/retention.ts';
import type { Policy } from './client-commands.ts';

const DAY_MS = 86_400_000;

/** Left for recording the result, after the slowest channel has timed out. */
export const MARGIN_MS = 5_000;
/**
 * How long the claim's own call may take before its worker no longer sends: channel timeouts +
 * margin < lease.
 */
export const LEASE_MARGIN_MS = 5_000;
/**
 * How long a claim holds its channels, a probe its circuit, and a delivery its place among those in
 * flight.
 */
export const leaseMs = (channelTimeoutMs: number): number => channelTimeoutMs + MARGIN_MS + LEASE_MARGIN_MS;
/**
 * How long a delivery that has begun may take to be recorded: its lease, and the last tries of its
 * function.
 */
export const settleMs = (channelTimeoutMs: number): number => leaseMs(channelTimeoutMs) + MARGIN_MS;
/** grace > lease + its lapse margin: a claim that is merely slow is not missed. */
const GRACE_MARGIN_MS = 15_000;

export const makePolicy = (options: {
  retryScheduleSeconds: number[];
  retentionDays: number;
  /** Instead of `retentionDays`, for what ended like this. */
  retentionDaysOf?: Partial<Record<Kept, number>>;
  channelTimeoutMs: number;
}): Policy => ({
  retry: { scheduleSeconds: options.retryScheduleSeconds },
  retentionMs: options.retentionDays * DAY_MS,
  retentionMsOf: Object.fromEntries(
    Object.entries(options.retentionDaysOf ?? {}).map(([kept, days]) => [kept, days * DAY_MS]),
  ),
  graceMs: leaseMs(options.channelTimeoutMs) + GRACE_MARGIN_MS,
});
