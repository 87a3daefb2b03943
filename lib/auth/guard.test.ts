import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { makeHandler } from '../http/pipeline.ts';
import { apiEvent, lambdaContext } from '../testing/http-events.ts';
import { anyone, makeGuard } from './guard.ts';
import type { Principal } from './principal.ts';
import type { RateLimiter } from './rate-limit/rate-limit.ts';

const limits = { ratelimit: '"default";r=1;t=2' };
const principal: Principal = { id: 'key_1', tenant: 'acme', scopes: ['events:read'] };

/** A guard whose work in the background ends when the test says so. */
const make = ({ allowed = true } = {}) => {
  const work = Promise.withResolvers<void>();
  const noted: Principal[] = [];
  const limiter: RateLimiter = {
    take: () => ({ allowed, headers: limits, retryAfterSeconds: 2, background: work.promise }),
  };
  const guard = makeGuard({ authenticate: async () => ({ principal }), limiter, note: (one) => noted.push(one) });
  return { guard, noted, finish: work.resolve };
};

/** Whether something settles only once the work has ended: Lambda freezes what outlives an answer. */
const expectAwaits = async (finish: () => void, answer: Promise<unknown>) => {
  let settled = false;
  const done = answer
    .catch(() => undefined)
    .finally(() => {
      settled = true;
    });
  await new Promise(setImmediate);
  expect(settled).toBe(false);
  finish();
  await done;
};

describe('what is begun on the way in has ended', () => {
  it('before a refusal', async () => {
    const limited = make({ allowed: false });
    await expectAwaits(limited.finish, limited.guard.admit({}, 'events:read'));
    const forbidden = make();
    await expectAwaits(forbidden.finish, forbidden.guard.admit({}, 'events:write'));
  });

  it.each([
    ['an answer', () => ({ status: 204 })],
    [
      'an error',
      () => {
        throw new Error('a bug');
      },
    ],
  ])('before %s', async (_, handler) => {
    const { guard, finish } = make();
    const route = makeHandler({}, handler, { admit: (headers) => guard.admit(headers, 'events:read') });
    await expectAwaits(finish, route(apiEvent(), lambdaContext()));
  });
});

describe('what the rate limit charges for', () => {
  const units: number[] = [];
  const limiter: RateLimiter = {
    take: (_, cost) => {
      units.push(cost);
      return { allowed: true, headers: {}, retryAfterSeconds: 0 };
    },
  };
  const guard = makeGuard({ authenticate: async () => ({ principal }), limiter, note: () => undefined });

  it('is the body as it is, valid or not, and Content-Length while there is none yet', async () => {
    const body = { body: z.strictObject({ a: z.string() }) };
    const handler = makeHandler(body, () => ({}), {
      admit: (headers, bytes) => guard.admit(headers, 'events:read', bytes),
    });
    const invalid = `{"b":"${'x'.repeat(40_000)}"}`;
    const headers = { 'content-length': '5' };
    const refused = await handler(apiEvent({ body: invalid, headers }), lambdaContext());
    const base64 = Buffer.from(invalid).toString('base64');
    await handler(apiEvent({ body: base64, base64: true, headers }), lambdaContext());
    await handler(apiEvent(), lambdaContext());
    await guard.admit({ 'content-length': '100000' }, 'events:read');
    await guard.admit({ 'content-length': 'many' }, 'events:read');
    expect(refused.statusCode).toBe(400);
    expect(units).toEqual([3, 3, 1, 7, 1]);
  });

  it('is a chunked body once it is read, as its size is unknown before', async () => {
    units.length = 0;
    const admitted = await guard.admit({ 'transfer-encoding': 'chunked' }, 'events:read');
    expect(units).toEqual([1]);
    admitted.charge(16);
    expect(units).toEqual([1, 15]);
  });

  it('is the items of a batch where they are more than its bytes count for, and its answer says what is left', async () => {
    let left = 500;
    const counting: RateLimiter = {
      take: (_, cost) => {
        left -= cost;
        return { allowed: true, headers: { ratelimit: `r=${left}` }, retryAfterSeconds: 0 };
      },
    };
    const counted = makeGuard({ authenticate: async () => ({ principal }), limiter: counting, note: () => undefined });
    const admit = (headers: Record<string, string | undefined>, bytes?: number) =>
      counted.admit(headers, 'events:read', bytes);
    const batch = { read: ({ rawBody }: { rawBody: string }) => rawBody.length, requestsIn: () => 100 };
    const answer = await makeHandler(batch, () => ({}), { admit })(apiEvent({ body: '{}' }), lambdaContext());
    expect([left, answer.headers?.ratelimit]).toEqual([400, 'r=400']);
    const few = makeHandler({ ...batch, requestsIn: () => 2 }, () => ({}), { admit });
    await few(apiEvent({ body: ' '.repeat(40_000) }), lambdaContext());
    expect(left).toBe(397);
  });
});

it('who was recognised is noted, also when refused; a refusal says the limits, and what is missing', async () => {
  const limited = make({ allowed: false });
  limited.finish();
  await expect(limited.guard.admit({}, 'events:read')).rejects.toMatchObject({
    code: 'rate-limited',
    headers: { ...limits, 'retry-after': '2' },
  });
  const forbidden = make();
  forbidden.finish();
  await expect(forbidden.guard.admit({}, 'events:write')).rejects.toMatchObject({
    code: 'forbidden',
    detail: 'The scope events:write is required.',
    headers: limits,
  });
  expect([limited.noted, forbidden.noted]).toEqual([[principal], [principal]]);
});

describe('AUTH_MODE=none', () => {
  const admit = (headers: Record<string, string>) => {
    const limiter: RateLimiter = { take: () => ({ allowed: true, headers: {}, retryAfterSeconds: 0 }) };
    return makeGuard({ authenticate: anyone, limiter, note: () => {} }).admit(headers, 'admin');
  };

  it('lets in what a program sends, and a page of the API itself', async () => {
    await expect(admit({ host: '127.0.0.1:3000' })).resolves.toMatchObject({ principal: { tenant: 'default' } });
    const page = { host: 'localhost:3000', origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' };
    await expect(admit(page)).resolves.toMatchObject({ principal: { tenant: 'default' } });
  });

  it.each([
    ['the name of another site (DNS rebinding)', { host: 'evil.example:3000' }],
    ['another origin', { host: 'localhost:3000', origin: 'https://evil.example' }],
    ['a page elsewhere, without an Origin', { host: 'localhost:3000', 'sec-fetch-site': 'cross-site' }],
  ])('answers 403 to %s', async (_, headers) => {
    await expect(admit(headers)).rejects.toMatchObject({ code: 'forbidden' });
  });
});
