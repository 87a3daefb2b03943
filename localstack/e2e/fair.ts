/** Fairness between tenants on the real stack: a quiet tenant's lateness, alone and beside one that floods the queue. */
import { AUDIENCE, ISSUER, type Issuer, startIssuer } from '../../lib/auth/issuer.testing.ts';
import { until, type World } from './kit.ts';
import { inParallel } from './races-load.ts';

export interface Flood {
  tenant: string;
  count: number;
  /** Of its receiver, ms. */
  answersAfterMs: number;
}

/** Arrival at the receiver - due, ms, of each notification. */
export type Lateness = number[];

/** Within what a queue delays, so that none needs a schedule entry. */
const AHEAD_MS = 600_000;

/** The environment of a stack that tells tenants by the tokens of `issuer`. */
export const tenantsBy = ({ jwksUrl }: Issuer): Record<string, string> => ({
  AUTH_MODE: 'jwt',
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  JWT_JWKS_URL: jwksUrl,
  JWT_TENANT_CLAIM: 'tenant',
  RATE_LIMIT: '0',
});

export const withIssuer = async <T>(work: (issuer: Issuer) => Promise<T>): Promise<T> => {
  const issuer = await startIssuer();
  try {
    return await work(issuer);
  } finally {
    await issuer.close();
  }
};

const bearer = async (issuer: Issuer, tenant: string): Promise<Record<string, string>> => {
  const scope = 'notifications:write notifications:read';
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  return { authorization: `Bearer ${await issuer.sign({ tenant, scope, exp })}` };
};

/**
 * All of them due at the same moment, created in the order given: the clock is advanced to it, so that however slow the machine is
 * they all wait in the queue at once. Answers how late each one's arrived.
 */
export const floodTogether = async (world: World, issuer: Issuer, floods: Flood[]): Promise<Lateness[]> => {
  const send_at = await world.at(AHEAD_MS);
  const made: string[][] = [];
  for (const { tenant, count, answersAfterMs } of floods) {
    const path = `/${tenant}`;
    world.receiver.behave(path, { status: 200, afterMs: answersAfterMs });
    const headers = await bearer(issuer, tenant);
    const input = { entity_id: tenant, webhook_url: world.receiver.url(path), send_at };
    const views = await inParallel(count, 16, () => world.create(input, headers));
    made.push(views.map(({ id }) => id));
  }
  await world.advanceTo(send_at);
  const dueAt = Date.now();
  const arrivals = () =>
    new Map(floods.flatMap(({ tenant }) => world.receiver.received(`/${tenant}`)).map((one) => [one.id, one.at]));
  const all = made.flat();
  const areThere = (): boolean => {
    const there = arrivals();
    return all.every((id) => there.has(id));
  };
  await until('all have arrived', areThere, { deadlineMs: 90_000, everyMs: 250 });
  const at = arrivals();
  return made.map((ids) => ids.map((id) => (at.get(id) ?? Number.NaN) - dueAt));
};
