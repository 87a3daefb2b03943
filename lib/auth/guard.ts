/** The closed door: who is it, may it do this, and not too often. The same on every target, in our error format. */
import { ServiceError } from '../errors.ts';
import { forbidden, type Headers } from './credentials.ts';
import { DEFAULT_TENANT, isAllowed, type Principal, type Scope } from './principal.ts';
import type { RateLimiter } from './rate-limit.ts';
import { isForeign } from './same-origin.ts';

/** Work begun on the way in: it never rejects, and is awaited before the answer, as Lambda freezes what outlives it. */
type Background = Promise<void>;

/** A principal that was let in, and what the answer must say about its limits, whatever the answer is. */
export interface Admitted {
  principal: Principal;
  headers: Record<string, string>;
  background?: Background;
}

export interface Guard {
  /** Throws `unauthorized`, `forbidden`, `rate-limited`, or `unavailable` when it cannot be told. @param headers names in lower case */
  admit(headers: Headers, scope: Scope): Promise<Admitted>;
}

export interface Identified {
  principal: Principal;
  background?: Background;
}

/** Says who sent these headers. Throws `unauthorized`, or `unavailable` when it cannot be told. */
export type Authenticate = (headers: Headers) => Promise<Identified>;

const NOBODY: Principal = { tenant: DEFAULT_TENANT, scopes: ['admin'], id: 'anonymous' };

/** `AUTH_MODE=none`: every program that reaches the port is the one tenant there is; a web page elsewhere is refused. */
export const anyone: Authenticate = async (headers) => {
  if (!isForeign(headers)) return { principal: NOBODY };
  throw new ServiceError(
    'forbidden',
    'AUTH_MODE=none answers no web page of another origin, and no Host but an address, localhost or a name of this network.',
  );
};

export interface GuardPorts {
  authenticate: Authenticate;
  limiter: RateLimiter;
  /** Hears of everybody who was recognised, also of those refused afterwards: for the log. */
  note(principal: Principal): void;
}

const together = (...work: (Background | undefined)[]): Background => Promise.all(work).then(() => undefined);

export const makeGuard = ({ authenticate, limiter, note }: GuardPorts): Guard => ({
  admit: async (headers, scope) => {
    const { principal, background: seen } = await authenticate(headers);
    note(principal);
    const { allowed, headers: limits, retryAfterSeconds, background: shared } = limiter.take(principal);
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
    return { principal, headers: limits, background };
  },
});
