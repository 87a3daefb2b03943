/** How often, and how soon, a call to DynamoDB is repeated. */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

type RetryStrategy = Extract<NonNullable<DynamoDBClientConfig['retryStrategy']>, { recordSuccess: unknown }>;
type Token = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>;

/** With its pauses, 0.6 to 1.2 s in all. */
export const ATTEMPTS_MAX = 6;
/** Of calls that were not answered in time, each of which has taken seconds already. */
const TIMED_OUT_MAX = 3;
const PAUSE_MS = 50;
const PAUSE_MAX_MS = 400;
const RETRYABLE: unknown[] = ['THROTTLING', 'TRANSIENT'];

const token = (retries: number, delayMs: number): Token => ({
  getRetryCount: () => retries,
  getRetryDelay: () => delayMs,
});

/**
 * Bridges a throttle or failover of half a second; what lasts longer is a 503 after about a second. Unlike
 * the SDK's own it has no quota that all calls share, which a burst of throttles would drain.
 * @param fraction uniform in [0, 1)
 */
export const makeRetries = (fraction: () => number): RetryStrategy => ({
  acquireInitialRetryToken: async () => token(0, 0),
  refreshRetryTokenForRetry: async (before, { error, errorType }) => {
    const retries = before.getRetryCount() + 1;
    const attemptsMax = (error as Error | undefined)?.name === 'TimeoutError' ? TIMED_OUT_MAX : ATTEMPTS_MAX;
    if (!RETRYABLE.includes(errorType) || retries >= attemptsMax) throw new Error('It is not worth another attempt');
    const pauseMs = Math.min(PAUSE_MS * 2 ** (retries - 1), PAUSE_MAX_MS);
    return token(retries, Math.round((pauseMs * (1 + fraction())) / 2));
  },
  recordSuccess: () => {},
});
