export const ATTEMPTS_MAX = 50;
export const RETRY_DELAY_MAX_SECONDS = 7 * 86_400;
export const RETRY_AFTER_MAX_MS = 24 * 3_600_000;
const JITTER = 0.1;

export interface RetryPolicy {
  /** Seconds before each attempt of a round, the first included: its length is the number of attempts. */
  scheduleSeconds: number[];
}

/**
 * The delay before the next attempt, in ms, or undefined when the round is used up.
 * @param attempts attempts made in this round, at least 1
 * @param fraction uniform in [0, 1): the jitter, +-10 %
 * @param retryAfterMs what the receiver asked for: never earlier than that, up to 24 h
 */
export const retryDelayMs = (
  policy: RetryPolicy,
  attempts: number,
  fraction: number,
  retryAfterMs = 0,
): number | undefined => {
  const seconds = policy.scheduleSeconds[attempts];
  if (seconds === undefined) return undefined;
  const jittered = Math.round(seconds * 1000 * (1 - JITTER + 2 * JITTER * fraction));
  return Math.max(jittered, Math.min(retryAfterMs, RETRY_AFTER_MAX_MS));
};
