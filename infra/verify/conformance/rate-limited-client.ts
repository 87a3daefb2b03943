/**
 * A client that keeps to the rate limit of its key: it repeats what was refused, and waits for
 * enough quota before a check.
 */
import type { Answer, Client } from '../kit/client.ts';

export interface RateLimitedClient extends Client {
  /** Resolves once enough of the window's quota is left to begin something that must not be held up. */
  untilQuota(): Promise<void>;
}

const TRIES = 5;
const RETRY_AFTER_MAX_SECONDS = 10;
/** What must be left of a quota: the checks that run at once need less. */
const SHARE_LEFT = 0.4;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * `RateLimit-Policy` and `RateLimit`, by draft-ietf-httpapi-ratelimit-headers-10. Undefined where
 * nothing is limited.
 */
const quotaOf = ({ headers }: Answer<unknown>): { share: number; resetAt: number } | undefined => {
  const quota = Number(/;q=(\d+)/.exec(headers.get('ratelimit-policy') ?? '')?.[1]);
  const [, left, seconds] = /;r=(\d+);t=(\d+)/.exec(headers.get('ratelimit') ?? '') ?? [];
  return quota > 0 && seconds
    ? { share: Number(left) / quota, resetAt: Date.now() + Number(seconds) * 1_000 }
    : undefined;
};

export const withinRateLimit = (client: Client): RateLimitedClient => {
  let known: ReturnType<typeof quotaOf>;
  const call: Client['call'] = async <T>(...asked: Parameters<Client['call']>) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await client.call<T>(...asked);
      known = quotaOf(answer) ?? known;
      const seconds = Number(answer.headers.get('retry-after'));
      if (answer.status !== 429 || tries === TRIES || !(seconds <= RETRY_AFTER_MAX_SECONDS)) return answer;
      await sleep(seconds * 1_000);
    }
  };
  return {
    call,
    close: client.close,
    untilQuota: async () => {
      const leftMs = (known?.resetAt ?? 0) - Date.now();
      if (known && known.share < SHARE_LEFT && leftMs > 0) await sleep(leftMs);
    },
  };
};
