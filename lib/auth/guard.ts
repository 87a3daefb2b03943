/** Authentication, scope and rate limit of a request. The same on every target, in our error format. */
import { ServiceError } from '../errors.ts';
import { DEFAULT_TENANT } from '../schema/tenant.ts';
import { forbidden, type Headers } from './api-keys/credentials.ts';
import { isAllowed, type Principal, type Scope } from './principal.ts';
import type { RateLimiter } from './rate-limit/rate-limit.ts';
import { costOf } from './rate-limit/rate-window.ts';
import { isForeign } from './same-origin.ts';

/**
 * Work begun on the way in: it never rejects, and is awaited before the answer, as Lambda freezes
 * what outlives it.
 */
type Background = Promise<void>;

/** A principal that was let in, and what the answer must say about its limits, whatever the answer is. */
export interface Admitted {
  principal: Principal;
  headers: Record<string, string>;
  background?: Background;
  /**
   * Counts the request as so many units in all, once its body is read: what it was counted as
   * before is part of them. It refuses nothing.
   */
  charge(units: number): void;
}

export interface Guard {
  /**
   * Throws `unauthorized`, `forbidden`, `rate-limited`, or `unavailable` when it cannot be known.
   * @param headers names in lower case  @param bodyBytes what the rate limit charges for; default:
   * as Content-Length says
   */
  admit(headers: Headers, scope: Scope, bodyBytes?: number): Promise<Admitted>;
}

interface Identified {
  principal: Principal;
  background?: Background;
}

/** Says who sent these headers. Throws `unauthorized`, or `unavailable` when that cannot be checked. */
export type Authenticate = (headers: Headers) => Promise<Identified>;

const ANONYMOUS: Principal = { tenant: DEFAULT_TENANT, scopes: ['admin'], id: 'anonymous' };

/**
 * `AUTH_MODE=none`: every program that reaches the port is the one tenant there is; a web page
 * elsewhere is refused.
 */
export const anyone: Authenticate = async (headers) => {
  if (!isForeign(headers)) return { principal: ANONYMOUS };
  throw new ServiceError(
    'forbidden',
    'AUTH_MODE=none answers no web page of another origin, and no Host but an address, localhost or a name of this network.',
  );
};

interface GuardPorts {
  authenticate: Authenticate;
  limiter: RateLimiter;
  /** Gets every caller that was recognised, also those refused afterwards: for the log. */
  note(principal: Principal): void;
}

const together = (...work: (Background | undefined)[]): Background => Promise.all(work).then(() => undefined);

/** 0 where there is none, or none that is a number. */
const contentLengthOf = (headers: Headers): number => Number(headers['content-length'] ?? 0) || 0;

export const makeGuard = ({ authenticate, limiter, note }: GuardPorts): Guard => ({
  admit: async (headers, scope, bodyBytes) => {
    const bytes = bodyBytes ?? contentLengthOf(headers);
    const { principal, background: seen } = await authenticate(headers);
    note(principal);
    let charged = costOf(bytes);
    const { allowed, headers: limits, retryAfterSeconds, background: shared } = limiter.take(principal, charged);
    const background = together(seen, shared);
    if (!allowed) {
      await background;
      throw new ServiceError('rate-limited', 'There were too many requests; try again later.', {
        headers: { ...limits, 'retry-after': String(retryAfterSeconds) },
      });
    }
    if (!isAllowed(principal, scope)) {
      await background;
      throw forbidden(scope, limits);
    }
    const admitted: Admitted = {
      principal,
      headers: limits,
      background,
      charge: (units) => {
        if (units <= charged) return;
        const taken = limiter.take(principal, units - charged);
        charged = units;
        Object.assign(admitted, {
          headers: taken.headers,
          background: together(admitted.background, taken.background),
        });
      },
    };
    return admitted;
  },
});
