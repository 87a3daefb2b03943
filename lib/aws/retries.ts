/** How often, and how soon, a call is repeated whose first attempt first-attempt.ts makes. */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

type RetryStrategy = Extract<NonNullable<DynamoDBClientConfig['retryStrategy']>, { recordSuccess: unknown }>;
type Token = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>;

/** Of calls that were not answered in time, each of which has taken seconds already. */
const TIMED_OUT_MAX = 3;
const PAUSE_MS = 50;
/** Of the longest pause to the first. */
const PAUSE_GROWTH_MAX = 8;
const RETRYABLE: unknown[] = ['THROTTLING', 'TRANSIENT'];

const token = (retries: number, delayMs: number): Token => ({
  getRetryCount: () => retries,
  getRetryDelay: () => delayMs,
});

interface AttemptsOptions {
  /** The first included. */
  attemptsMax: number;
  /** The first, at most, ms; 50 by default. Each is twice as long as the one before. */
  pauseMs?: number | undefined;
  /** Uniform in [0, 1). */
  fraction: () => number;
  sleep: (ms: number) => Promise<unknown>;
}

/**
 * For a client whose first attempt is made by first-attempt.ts: that has failed when the SDK begins, so the
 * SDK pauses before its own first, and counts from two. Unlike the SDK's own strategy it has no quota that
 * all calls share, which a burst of throttles would drain.
 */
export const makeFurtherAttempts = (options: AttemptsOptions): RetryStrategy => {
  const { attemptsMax, pauseMs = PAUSE_MS, fraction, sleep } = options;
  const pauseBefore = (retries: number): number =>
    Math.round((pauseMs * Math.min(2 ** (retries - 1), PAUSE_GROWTH_MAX) * (1 + fraction())) / 2);
  return {
    acquireInitialRetryToken: async () => {
      await sleep(pauseBefore(1));
      return token(1, 0);
    },
    refreshRetryTokenForRetry: async (before, { error, errorType }) => {
      const retries = before.getRetryCount() + 1;
      const isTimedOut = (error as Error | undefined)?.name === 'TimeoutError';
      const most = isTimedOut ? Math.min(TIMED_OUT_MAX, attemptsMax) : attemptsMax;
      if (!RETRYABLE.includes(errorType) || retries >= most) throw new Error('It is not worth another attempt');
      return token(retries, pauseBefore(retries));
    },
    recordSuccess: () => {},
  };
};
