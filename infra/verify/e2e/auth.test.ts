/** Authentication on a whole stack: every route, with keys and with tokens, and what each is answered. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUDIENCE, ISSUER, type Issuer, startIssuer } from '../../../lib/auth/jwt/issuer.testing.ts';
import { SCOPES, type Scope } from '../../../lib/auth/principal.ts';
import type { Exchange } from '../kit/openapi-conformance.ts';
import { startTestStack, type TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { expectProblem, useTestStack } from '../kit/vitest.ts';
import { adminOf, allBut, callerOf, filled, type GuardedRoute, guardedRoutes, issue, keysOf } from './auth-callers.ts';

const BEARER = 'Bearer realm="event-notification-service"';

let issuer: Issuer;
let jwtStack: TestStack;
let apiKey: string;
beforeAll(async () => {
  issuer = await startIssuer();
  const jwt = { JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URL: issuer.jwksUrl, JWT_TENANT_CLAIM: 'org' };
  jwtStack = await startTestStack({ env: { AUTH_MODE: 'jwt', RATE_LIMIT: '10000', ...jwt } });
  apiKey = (await issue(jwtStack, 'acme')).token;
  expectProblem(await callerOf(jwtStack, await issuer.sign({ org: 'acme' })).api('GET', '/api/v1/keys'), 'forbidden');
});
afterAll(async () => {
  await jwtStack?.close();
  await issuer?.close();
});

test('there are guarded routes, and all that is about records is among them', () => {
  expect(guardedRoutes.length).toBeGreaterThan(20);
  for (const { path } of guardedRoutes) expect(path).toMatch(/^\/api\/v1\//);
});

test('the document says what each takes', async () => {
  const { body } = await jwtStack.api<{
    paths: Record<string, Record<string, { security?: object[]; 'x-scope'?: string }>>;
  }>('GET', '/openapi.json');
  for (const { method, path, scope } of guardedRoutes) {
    const operation = (body.paths[path] ?? body.paths[`${path}/`])?.[method.toLowerCase()];
    expect(operation?.security, `${method} ${path}`).toEqual([{ bearer: [] }, { key: [] }]);
    expect(operation?.['x-scope'], `${method} ${path}`).toBe(scope);
  }
});

/** Asks with and without a trailing slash. */
const both = async (stack: TestStack, { method, path }: GuardedRoute, headers: Record<string, string>) =>
  Promise.all([filled(path), `${filled(path)}/`].map((at) => stack.api(method, at, undefined, headers)));

const expectRefused = async (stack: TestStack, route: GuardedRoute, headers: Record<string, string>) => {
  for (const answer of await both(stack, route, headers)) {
    expectProblem(answer, 'unauthorized');
    const hasToken = headers.authorization !== undefined || headers['x-api-key'] !== undefined;
    expect(answer.headers.get('www-authenticate')).toBe(hasToken ? `${BEARER}, error="invalid_token"` : BEARER);
  }
};

const expectForbidden = async (stack: TestStack, route: GuardedRoute, token: string) => {
  for (const answer of await both(stack, route, { authorization: `Bearer ${token}` })) {
    expect(expectProblem(answer, 'forbidden').detail).toBe(`The scope ${route.scope} is required.`);
    expect(answer.headers.get('www-authenticate')).toBe(
      `${BEARER}, error="insufficient_scope", scope="${route.scope}"`,
    );
  }
};

/** Whatever it answers then, it is not about who asks. */
const expectLetIn = async (stack: TestStack, route: GuardedRoute, token: string) => {
  for (const answer of await both(stack, route, { authorization: `Bearer ${token}` })) {
    expect([200, 202, 204, 400, 404, 415], `${answer.status} ${answer.text}`).toContain(answer.status);
    expect(answer.headers.get('ratelimit-policy')).toBe('"default";q=100000;w=10');
  }
};

describe('AUTH_MODE=api-key', () => {
  const seen: Exchange[] = [];
  const env = { AUTH_MODE: 'api-key', LOG_LEVEL: 'DEBUG', RATE_LIMIT: '10000' };
  const stack = useTestStack({ env, onAnswer: (one) => void seen.push(one) });
  const bad: Record<string, string> = {};
  const withScopes = new Map<string, string>();
  const shown: string[] = [];
  const keyWith = (scopes: readonly Scope[]): string => withScopes.get(scopes.join()) ?? '';

  beforeAll(async () => {
    const revoked = await issue(stack, 'acme');
    await keysOf(stack).revoke({ id: revoked.key.id, tenant: 'acme' });
    const expiring = await issue(stack, 'acme', { expiresAt: (await stack.now()) + 1_000 });
    await stack.advance('PT1S');
    const good = (await issue(stack, 'acme')).token;
    Object.assign(bad, {
      revoked: revoked.token,
      expired: expiring.token,
      malformed: 'ens_x_y',
      'of another id': good.replace(/^ens_[^_]+/, `ens_${'0'.repeat(26)}`),
      'with another secret': `${good.slice(0, -4)}AAAA`,
    });
    for (const scopes of SCOPES.flatMap((scope) => [[scope], allBut(scope)])) {
      withScopes.set(scopes.join(), (await issue(stack, 'acme', { scopes })).token);
    }
    shown.push(good, ...Object.values(bad), ...withScopes.values());
  });

  test.each(guardedRoutes)('$method $path refuses a caller without a good key', async (route) => {
    await expectRefused(stack, route, {});
    for (const token of Object.values(bad)) {
      await expectRefused(stack, route, { authorization: `Bearer ${token}` });
      await expectRefused(stack, route, { 'x-api-key': token });
    }
  });

  test.each(guardedRoutes)('$method $path takes $scope, or admin, and nothing else', async (route) => {
    await expectForbidden(stack, route, keyWith(allBut(route.scope)));
    await expectLetIn(stack, route, keyWith([route.scope]));
    await expectLetIn(stack, route, keyWith(['admin']));
  });

  test('what is open is open with any credentials', async () => {
    for (const path of ['/', '/health', '/health/live', '/docs', '/openapi.json'])
      for (const headers of [{}, { authorization: 'Bearer nothing' }])
        expect((await stack.api('GET', path, undefined, headers)).status).toBe(200);
    expectProblem(await stack.api('GET', '/nowhere'), 'not-found');
  });

  test('/metrics takes metrics:read', async () => {
    const metrics = (token?: string) =>
      stack.api('GET', '/metrics', undefined, token === undefined ? {} : { 'x-api-key': token });
    expectProblem(await metrics(), 'unauthorized');
    expectProblem(await metrics(keyWith(allBut('metrics:read'))), 'forbidden');
    expect((await metrics(keyWith(['metrics:read']))).text).toContain('event_system_http_requests_total');
  });

  test('a key made by the API works, is rotated with an overlap, says when it was used, and is revoked', async () => {
    const admin = await adminOf(stack, 'acme');
    const made = await admin.api('POST', '/api/v1/keys/', { name: 'reader', scopes: ['events:read'] });
    const first = String(made.body.token);
    const events = (token: string) => callerOf(stack, token).api('GET', '/api/v1/events');
    expect((await events(first)).status).toBe(200);
    const rotated = await admin.api('POST', `/api/v1/keys/${made.body.id}/rotate`, { overlap_seconds: 3_600 });
    const second = String(rotated.body.token);
    expect([(await events(first)).status, (await events(second)).status]).toEqual([200, 200]);
    await stack.advance('PT1H');
    expect([(await events(first)).status, (await events(second)).status]).toEqual([401, 200]);
    await until('its use is written down', async () => {
      const { body } = await admin.api('GET', `/api/v1/keys/${made.body.id}`);
      return typeof body.last_used_at === 'string';
    });
    shown.push(admin.token, first, second);
    const revoked = await admin.api('DELETE', `/api/v1/keys/${made.body.id}`);
    expect([revoked.status, typeof revoked.body.revoked_at]).toEqual([200, 'string']);
  });

  test('429 with Retry-After beyond its limit; every answer says what is left, refusals too', async () => {
    const { token } = await issue(stack, 'acme', { scopes: ['events:read'], rateLimit: 1 });
    const caller = callerOf(stack, token);
    const left = async (path: string) => {
      const answer = await caller.api('GET', path);
      expect(answer.headers.get('ratelimit-policy')).toBe('"default";q=10;w=10');
      expect(answer.headers.get('ratelimit')).toMatch(/^"default";r=\d+;t=\d+$/);
      return answer;
    };
    expect((await left('/api/v1/events/evt_1')).status).toBe(404);
    expect((await left('/api/v1/notifications')).status).toBe(403);
    const answers = await Promise.all(Array.from({ length: 21 }, () => left('/api/v1/events?limit=1')));
    const refused = answers.filter(({ status }) => status === 429);
    // A new window may begin meanwhile: two quotas of 10 are the most.
    expect(refused.length).toBeGreaterThanOrEqual(1);
    for (const answer of refused) {
      expectProblem(answer, 'rate-limited');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    shown.push(token);
  });

  test('401, 403 and 429 leave a line with who it was, and no line, and no answer but the one that issues it, ever holds a token or its secret', async () => {
    const log = readFileSync(join(stack.dataDir, 'service.log'), 'utf8');
    const lines = log.split('\n').filter((line) => line.includes('"message":"request"'));
    const forbidden = lines.find((line) => line.includes('"code":"forbidden"')) ?? '{}';
    expect(JSON.parse(forbidden)).toMatchObject({ tenant: 'acme', principal: expect.stringMatching(/^key_\w{26}$/) });
    expect(lines.some((line) => line.includes('"status":200') && line.includes('"principal":"key_'))).toBe(true);
    expect(shown.length).toBeGreaterThan(20);
    const issuing = ({ method, path, answer }: Exchange) =>
      method === 'POST' && /\/keys\/(.*\/rotate)?$/.test(path) && answer.status < 300;
    const said = seen.filter((one) => !issuing(one)).map(({ answer }) => answer.text + [...answer.headers].join());
    expect(said.length).toBeGreaterThan(500);
    for (const token of shown.filter((one) => one.length > 60)) {
      const secret = token.slice('ens_'.length + 26 + 1);
      expect(log).not.toContain(secret);
      expect(said.filter((text) => text.includes(secret))).toEqual([]);
    }
  });

  test('a table that does not answer: a known key goes on, an unknown one is 503, and no caller gets in', async () => {
    const known = await adminOf(stack, 'acme');
    await known.api('GET', '/api/v1/keys');
    const fresh = await adminOf(stack, 'acme');
    await stack.fault({ service: 'dynamodb', mode: 'error' });
    // 400 is answered by the handler itself, after the guard and before the table.
    expect((await known.api('GET', '/api/v1/events?limit=x')).status).toBe(400);
    expectProblem(await fresh.api('GET', '/api/v1/events?limit=x'), 'unavailable');
    await stack.fault({ service: 'dynamodb', mode: 'off' });
    expect((await fresh.api('GET', '/api/v1/events?limit=x')).status).toBe(400);
  });
});

describe('AUTH_MODE=jwt', () => {
  const sign = (scopes: readonly Scope[], more = {}) => issuer.sign({ scope: scopes.join(' '), org: 'acme', ...more });

  test.each(guardedRoutes)('$method $path refuses a caller without a good token, and takes $scope', async (route) => {
    const past = Math.floor(Date.now() / 1_000) - 60;
    const [header, payload] = (await sign(['admin'])).split('.');
    const bad = [apiKey, `${header}.${payload}.`, 'a.b.c'];
    bad.push(
      await sign(['admin'], { exp: past }),
      await sign(['admin'], { aud: 'x' }),
      await sign(['admin'], { org: 'A' }),
    );
    await expectRefused(jwtStack, route, {});
    for (const answer of await both(jwtStack, route, { 'x-api-key': apiKey })) expectProblem(answer, 'unauthorized');
    for (const token of bad) await expectRefused(jwtStack, route, { authorization: `Bearer ${token}` });
    await expectForbidden(jwtStack, route, await sign(allBut(route.scope)));
    await expectLetIn(jwtStack, route, await sign([route.scope]));
    await expectLetIn(jwtStack, route, await sign(['admin']));
  });

  test('tenants are apart, and a rotation at the issuer is followed while tokens of the old key go on', async () => {
    const acme = callerOf(jwtStack, await sign(['admin']));
    const beta = callerOf(jwtStack, await sign(['admin'], { org: 'beta', sub: 'client-2' }));
    const { body } = await acme.api('POST', '/api/v1/events/', { type: 'plain', payload: {} });
    expectProblem(await beta.api('GET', `/api/v1/events/${body.id}`), 'not-found');
    await issuer.rotate({ keep: true });
    const next = callerOf(jwtStack, await sign(['admin']));
    // The forged tokens of the tests above may have used up the fetches of the key set: 503 then,
    // and never 401.
    await until('the new key is known', async () => {
      const { status } = await next.api('GET', `/api/v1/events/${body.id}`);
      expect([200, 503]).toContain(status);
      return status === 200;
    });
    expect((await acme.api('GET', `/api/v1/events/${body.id}`)).status).toBe(200);
  });

  test('503, and no caller gets in, from a fresh process whose issuer does not answer', async () => {
    issuer.state.up = false;
    const before = jwtStack.processes.pids().service;
    jwtStack.processes.kill('service', 'SIGKILL');
    const token = await sign(['admin']);
    const ask = () =>
      callerOf(jwtStack, token)
        .api('GET', '/api/v1/events')
        .catch(() => undefined);
    const answer = await until('the service is back', async () => {
      const one = jwtStack.processes.pids().service !== before && (await ask());
      return one !== undefined && one;
    });
    expectProblem(answer, 'unavailable');
  });
});
