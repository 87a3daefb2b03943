/** The rate limit of one principal, over all processes; see rate-window.ts for what it promises. */

import { makeBoundedCache } from '../../concurrency/bounded-cache.ts';
import { withTimeout } from '../../concurrency/with-timeout.ts';
import type { Clock } from '../../platform/clock.ts';
import { DEFAULT_TENANT } from '../../schema/tenant.ts';
import type { Log } from '../../telemetry/log-interface.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Principal } from '../principal.ts';
import {
  beginReport,
  confirmReport,
  failReport,
  openWindow,
  quotaOf,
  type RateWindow,
  remaining,
  take,
  WINDOW_MS,
  windowAt,
} from './rate-window.ts';

/**
 * Adds to what all processes let in within a window, and answers the sum. Throws when the store
 * does not answer.
 */
export type ShareCount = (share: { principalId: string; window: number; count: number }) => Promise<number>;

export interface Taken {
  allowed: boolean;
  /** `RateLimit-Policy` and `RateLimit`, by draft-ietf-httpapi-ratelimit-headers-10. */
  headers: Record<string, string>;
  retryAfterSeconds: number;
  background?: Promise<void>;
}

export interface RateLimiter {
  /** @param cost in units, by the size of the body */
  take(principal: Principal, cost: number): Taken;
}

interface RateLimiterPorts {
  clock: Clock;
  share: ShareCount;
  metrics: Pick<Metrics, 'rateShareFailed'>;
  log: Log;
}

/** The most that a report may delay an answer. */
const REPORT_MAX_MS = 500;
/** Counted at once by one process; beyond it the oldest are forgotten, and begin again. */
const PRINCIPALS_MAX = 10_000;

/**
 * @param defaultLimit requests a second for those without a limit of their own; 0 = none @param
 * policy its name in the headers
 */
export const makeRateLimiter = (ports: RateLimiterPorts, defaultLimit: number, policy = 'default'): RateLimiter => {
  const { clock, share, metrics, log } = ports;
  const noWindows = () => makeBoundedCache<RateWindow>(PRINCIPALS_MAX);
  let windows = noWindows();
  let current = 0;
  let isShared = true;

  const windowOf = (principalId: string, index: number, limit: number): RateWindow => {
    if (index !== current) {
      windows = noWindows();
      current = index;
    }
    const known = windows.get(principalId);
    if (known) return known;
    const opened = openWindow(index, quotaOf(limit));
    windows.set(principalId, opened);
    return opened;
  };

  /** Fails open: without the store each process holds the limit by itself. An outage is logged once. */
  const report = async (window: RateWindow, principalId: string, count: number): Promise<void> => {
    try {
      confirmReport(window, await withTimeout(share({ principalId, window: window.index, count }), REPORT_MAX_MS));
      isShared = true;
    } catch (error) {
      failReport(window);
      metrics.rateShareFailed();
      if (isShared) log.warn('rate_limit.report_failed', { error });
      isShared = false;
    }
  };

  return {
    take: ({ id: subject, tenant, rateLimit }, cost) => {
      // An issuer may give one subject tokens of several tenants.
      const id = `${tenant}#${subject}`;
      const limit = rateLimit ?? defaultLimit;
      if (limit === 0) return { allowed: true, headers: {}, retryAfterSeconds: 0 };
      const now = clock.real();
      const window = windowOf(id, windowAt(now), limit);
      const allowed = take(window, cost);
      const count = beginReport(window);
      const resetSeconds = Math.ceil(((window.index + 1) * WINDOW_MS - now) / 1000);
      return {
        allowed,
        headers: {
          'ratelimit-policy': `"${policy}";q=${window.quota};w=${WINDOW_MS / 1000}`,
          ratelimit: `"${policy}";r=${remaining(window)};t=${resetSeconds}`,
        },
        retryAfterSeconds: resetSeconds,
        ...(count > 0 && { background: report(window, id, count) }),
      };
    },
  };
};

/**
 * What the principals of a tenant may do together. Not for the default tenant, which is alone, and not for a
 * key that may do more than that by itself, which the operator gave.
 */
export const alsoByTenant = (own: RateLimiter, ports: RateLimiterPorts, limit: number): RateLimiter => {
  const shared = makeRateLimiter(ports, limit, 'tenant');
  const isCounted = ({ tenant, rateLimit = 0 }: Principal): boolean => tenant !== DEFAULT_TENANT && rateLimit <= limit;
  const take: RateLimiter['take'] = (principal, cost) => {
    const mine = own.take(principal, cost);
    if (!mine.allowed || !isCounted(principal)) return mine;
    const { tenant, scopes } = principal;
    const ours = shared.take({ tenant, scopes, id: 'tenant' }, cost);
    const background = [mine.background, ours.background].filter((work) => work !== undefined);
    return {
      ...(ours.allowed ? mine : ours),
      ...(background.length > 0 && { background: Promise.all(background).then(() => undefined) }),
    };
  };
  return { take };
};

/** Where nothing is limited: no store is asked. */
export const unlimited: RateLimiter = { take: () => ({ allowed: true, headers: {}, retryAfterSeconds: 0 }) };
