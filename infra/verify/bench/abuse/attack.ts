/** What an attack is, and what it is judged by. */
import type { Issuer } from '../../../../lib/auth/jwt/issuer.testing.ts';
import type { Answer, Client, Unreachable } from '../../kit/client.ts';
import type { BenchStack } from '../stack.ts';

/** What the attacker got; `isMet` says whether the attack's own goal was met, where it has one. */
export interface Got {
  text: string;
  isMet?: boolean;
}

/**
 * Three parties on one stack: the service under attack, an honest tenant, and another tenant that
 * attacks.
 */
export interface Parties {
  stack: BenchStack;
  honest: Client;
  attacker: Client;
  attackerToken: string;
  /** Of the tokens where `auth` is jwt. */
  issuer: Issuer;
  /** Ends what an attack leaves open, after the measurement. */
  atEnd(end: () => unknown): void;
}

export interface Attack {
  what: string;
  /** How long the honest load goes on beside it, s. */
  seconds: number;
  /** Beyond what holds for each. */
  goal?: string;
  env?: Record<string, string>;
  /** Default: API keys. */
  auth?: 'none' | 'jwt';
  /** Before anything is measured; answers the attack itself, which ends about when the honest load does. */
  prepare(parties: Parties): Promise<() => Promise<Got>>;
}

export const NOTIFICATIONS = '/api/v1/notifications/';
/** Bytes: just below what one body may have (262,144). */
export const LARGE = 250_000;

/** Of a token, where `auth` is jwt. */
export const claimsOf = (tenant: string) => ({
  tenant,
  sub: tenant,
  exp: Math.floor(Date.now() / 1_000) + 3_600,
  scope: 'notifications:write notifications:read',
});

export const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();

/** An error of the connection counts like a status: an attack goes on whatever is answered. */
export const statusOf = (answer: Promise<Answer>): Promise<string> =>
  answer.then(
    ({ status }) => String(status),
    (error: Unreachable) => error.code ?? error.message,
  );

/** Counts answers by status. */
export const makeTally = () => {
  const counts: Record<string, number> = {};
  return {
    counts,
    add: (what: string): void => {
      counts[what] = (counts[what] ?? 0) + 1;
    },
    text: (): string =>
      Object.entries(counts)
        .map(([what, count]) => `${count} x ${what}`)
        .join(', ') || 'none',
  };
};
