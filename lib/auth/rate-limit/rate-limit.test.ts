import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeRateCounter } from '../../aws/stores/rate-counter.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import type { Principal } from '../principal.ts';
import { alsoByTenant, makeRateLimiter, type ShareCount } from './rate-limit.ts';

const LIMIT = 10;
const QUOTA = 100;
const caller: Principal = { id: 'key_1', tenant: 'default', scopes: [] };
let ports: ReturnType<typeof makeTestPorts>;
let dynamo: DynamoFixture;
let share: ShareCount;
let shared: number;

beforeAll(async () => {
  ports = makeTestPorts();
  dynamo = await startDynamo(ports.clock);
});
afterAll(() => dynamo.stop());
beforeEach(() => {
  ports = makeTestPorts();
  shared = 0;
  const { client, tableName } = dynamo;
  const count = makeRateCounter({ client, tableName, clock: ports.clock });
  share = (one) => {
    shared += 1;
    return count(one);
  };
});

const limiter = (by: ShareCount = share) => makeRateLimiter({ ...ports, share: by }, LIMIT);
/** Takes once from each in turn, `times` in all, awaiting what is shared; how many were let in. */
const takeAll = async (limiters: ReturnType<typeof limiter>[], times: number, who = caller): Promise<number> => {
  let allowed = 0;
  for (let n = 0; n < times; n += 1) {
    const taken = limiters[n % limiters.length]?.take(who, 1);
    if (taken?.allowed) allowed += 1;
    await taken?.background;
  }
  return allowed;
};

describe('the limit', () => {
  it('holds over processes that share a table, within a step each', async () => {
    const who = { ...caller, id: 'key_over_processes' };
    const allowed = await takeAll([limiter(), limiter(), limiter()], 200, who);
    expect(allowed).toBeGreaterThanOrEqual(QUOTA);
    expect(allowed).toBeLessThanOrEqual(QUOTA + 3 * 5);
  });

  it('is whole again in the next window, and says when that is', async () => {
    const one = limiter();
    ports.clock.pass(2_500);
    expect(await takeAll([one], 101, { ...caller, id: 'key_fresh' })).toBe(100);
    expect(one.take({ ...caller, id: 'key_fresh' }, 1)).toMatchObject({
      allowed: false,
      retryAfterSeconds: 8,
      headers: { 'ratelimit-policy': '"default";q=100;w=10', ratelimit: '"default";r=0;t=8' },
    });
    ports.clock.pass(7_500);
    expect(one.take({ ...caller, id: 'key_fresh' }, 1)).toMatchObject({
      allowed: true,
      headers: { ratelimit: '"default";r=99;t=10' },
    });
  });

  it('is of each principal alone, and its own where it has one', async () => {
    const one = limiter();
    await takeAll([one], 100, { ...caller, id: 'key_a' });
    expect(one.take({ ...caller, id: 'key_a' }, 1).allowed).toBe(false);
    expect(one.take({ ...caller, id: 'key_b' }, 1).allowed).toBe(true);
    expect(await takeAll([one], 30, { ...caller, id: 'key_c', rateLimit: 2 })).toBe(20);
  });

  it('counts units: what large bodies cost holds over processes, and may go beyond what is left once', async () => {
    const who = { ...caller, id: 'key_large' };
    const limiters = [limiter(), limiter()];
    let used = 0;
    for (let n = 0; n < 40; n += 1) {
      const taken = limiters[n % 2]?.take(who, 16);
      if (taken?.allowed) used += 16;
      await taken?.background;
    }
    expect(used).toBeGreaterThanOrEqual(QUOTA);
    expect(used).toBeLessThanOrEqual(QUOTA + 2 * 16);
    const small = { ...who, id: 'key_large_of_a_small_quota', rateLimit: 1 };
    expect(limiters[0]?.take(small, 16)).toMatchObject({ allowed: true, headers: { ratelimit: '"default";r=0;t=10' } });
    expect(limiters[0]?.take(small, 1).allowed).toBe(false);
  });

  it('costs a slow caller no call', async () => {
    expect(await takeAll([limiter()], 4)).toBe(4);
    expect(shared).toBe(0);
    const off = makeRateLimiter({ ...ports, share }, 0);
    expect(await takeAll([off], 500)).toBe(500);
    expect([off.take(caller, 1).headers, shared]).toEqual([{}, 0]);
  });

  it('holds within each process while the store does not answer, which is logged once an outage and counted', async () => {
    const one = limiter(() => Promise.reject(new Error('away')));
    expect(await takeAll([one], 200)).toBe(QUOTA);
    expect(ports.logged.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(ports.recording.count('rateShareFailed')).toBe(20);
  });
});

it('is one of its own for each tenant in which an issuer knows the same subject', async () => {
  const one = limiter();
  expect(await takeAll([one], 150, { ...caller, tenant: 'acme' })).toBe(QUOTA);
  expect(await takeAll([one], 150, { ...caller, tenant: 'globex' })).toBe(QUOTA);
});

describe('the limit of a tenant', () => {
  const both = () => alsoByTenant(limiter(), { ...ports, share }, 2 * LIMIT);
  const of = (tenant: string, id: string): Principal => ({ ...caller, tenant, id });

  it('is what its keys may do together, over processes, and says so; others go on', async () => {
    const [one, other] = [both(), both()];
    const keys = Array.from({ length: 10 }, (_, n) => of('acme', `key_acme_${n}`));
    let allowed = 0;
    for (const who of keys) allowed += await takeAll([one, other], 50, who);
    expect(allowed).toBeGreaterThanOrEqual(2 * QUOTA);
    expect(allowed).toBeLessThanOrEqual(2 * QUOTA + 2 * 10);
    expect(one.take(of('acme', 'key_acme_new'), 1)).toMatchObject({
      allowed: false,
      retryAfterSeconds: 10,
      headers: { 'ratelimit-policy': '"tenant";q=200;w=10', ratelimit: '"tenant";r=0;t=10' },
    });
    expect(one.take(of('globex', 'key_globex'), 1).headers['ratelimit-policy']).toBe('"default";q=100;w=10');
  });

  it('is not of the default tenant, nor of a key to which the operator gave more', async () => {
    const one = both();
    for (let n = 0; n < 5; n += 1) expect(await takeAll([one], QUOTA, of('default', `key_default_${n}`))).toBe(QUOTA);
    expect(await takeAll([one], 500, { ...of('initech', 'key_big'), rateLimit: 3 * LIMIT })).toBe(3 * QUOTA);
  });
});
