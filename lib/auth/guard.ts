/** The closed door: who is it, may it do this, and not too often. The same on every target, in our error format. */
import { ServiceError } from '../errors.ts';
import { DEFAULT_TENANT, isAllowed, type Principal, type Scope } from './principal.ts';

export type Headers = Record<string, string | undefined>;

/** A principal that was let in, and what the answer must say about its limits, whatever the answer is. */
export interface Admitted {
  principal: Principal;
  headers: Record<string, string>;
}

export interface Guard {
  /** Throws `unauthorized`, `forbidden`, `rate-limited`, or `unavailable` when it cannot be told. @param headers names in lower case */
  admit(headers: Headers, scope: Scope): Promise<Admitted>;
}

/** Says who sent these headers. Throws `unauthorized`. */
export type Authenticate = (headers: Headers) => Promise<Principal>;

const NOBODY: Principal = { tenant: DEFAULT_TENANT, scopes: ['admin'], id: 'anonymous' };

/** `AUTH_MODE=none`: whoever reaches the port is the one tenant there is. */
export const anyone: Authenticate = async () => NOBODY;

export const makeGuard = ({ authenticate }: { authenticate: Authenticate }): Guard => ({
  admit: async (headers, scope) => {
    const principal = await authenticate(headers);
    if (!isAllowed(principal, scope)) throw new ServiceError('forbidden', `The scope ${scope} is required.`);
    return { principal, headers: {} };
  },
});
