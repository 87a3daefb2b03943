/** Fairness between tenants on the real stack: whose turn it is when one of them floods the queue. */
import { AUDIENCE, ISSUER, type Issuer, startIssuer } from '../../../lib/auth/jwt/issuer.testing.ts';
import { inParallel } from '../kit/parallel.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';

interface Flood {
  tenant: string;
  count: number;
  /** Of its receiver, ms. */
  answersAfterMs: number;
}

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
 * All of them due at the same moment, created in the order given: the clock is advanced to it, so
 * that however slow the machine is they all wait in the queue at once. Answers whose arrived, in
 * the order of arrival: of a slow machine it says nothing.
 */
export const floodTogether = async (stack: TestStack, issuer: Issuer, floods: Flood[]): Promise<string[]> => {
  const send_at = await stack.at(AHEAD_MS);
  const tenantOf = new Map<string, string>();
  for (const { tenant, count, answersAfterMs } of floods) {
    const path = `/${tenant}`;
    stack.receiver.behave(path, { status: 200, afterMs: answersAfterMs });
    const headers = await bearer(issuer, tenant);
    const input = { entity_id: tenant, webhook_url: stack.receiver.url(path), send_at };
    const views = await inParallel(count, 16, () => stack.create(input, headers));
    for (const { id } of views) tenantOf.set(id, tenant);
  }
  await stack.advanceTo(send_at);
  /** Of each its first. */
  const arrived = () => [...new Set(stack.receiver.received().map(({ id }) => id))].filter((id) => tenantOf.has(id));
  await until('all have arrived', () => arrived().length === tenantOf.size, { deadlineMs: 240_000, everyMs: 250 });
  return arrived().map((id) => tenantOf.get(id) ?? '');
};
