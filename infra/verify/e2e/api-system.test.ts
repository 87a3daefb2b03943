/**
 * What is about no one noun: paths and methods, slashes, health, the client that must keep working,
 * the document.
 */
import { describe, expect, test } from 'vitest';
import { methodsOf } from '../../../lib/http/api-description.ts';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { ownApi } from '../../../lib/runtime/serverless/api.ts';
import { documentProblems, makeConformance, type OpenApiDocument } from '../kit/openapi-conformance.ts';
import { DAY_MS } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { expectErrors, expectProblem, useTestStack } from '../kit/vitest.ts';

const routes = (await ownApi()).routes();
const conformance = makeConformance();
const stack = useTestStack({ onAnswer: conformance.onAnswer });

describe('the client that must keep working', () => {
  test('health, publish, list, create, cancel', async () => {
    expect((await stack.api('GET', '/health')).status).toBe(200);
    const event = await stack.api('POST', '/api/v1/events/', {
      type: 'user.signup',
      payload: { user_id: 123, info: 'Test user' },
    });
    expect([event.status, event.body.id]).toEqual([201, expect.any(String)]);
    const events = await stack.api<{ id: string }[]>('GET', '/api/v1/events/?limit=10');
    expect(events.body.map(({ id }) => id)).toEqual([event.body.id]);
    // Python: (datetime.now(timezone.utc) + timedelta(days=10)).isoformat()
    const target_date = new Date(Date.now() + 10 * DAY_MS).toISOString().replace(/(\.\d{3})Z$/, '$1457+00:00');
    const notification = await stack.api<NotificationView>('POST', '/api/v1/notifications/', {
      notification_type: 'user.signup',
      entity_id: 'user-123',
      target_date,
      lead_time_days: 7,
      email: 'user@example.com',
      phone: '9999912345',
    });
    expect([notification.status, notification.body.id, notification.body.phone]).toEqual([
      201,
      expect.any(String),
      '+919999912345',
    ]);
    const canceled = await stack.api('DELETE', `/api/v1/notifications/${notification.body.id}`);
    expect([canceled.status, canceled.body.status]).toEqual([200, 'CANCELED']);
  });
});

/** The paths with an id of nothing filled in, without a trailing slash. */
const paths = [...new Set(routes.map(({ path }) => path))].map((template) =>
  template
    .replace('{id}', `${template.includes('events') ? 'evt' : 'ntf'}_${'0'.repeat(26)}`)
    .replace('{job_id}', 'job_1')
    .replace('{asset}', 'init.js'),
);
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Its last word is read as an id, which no record has: `GET /api/v1/events/batch`. */
const isReadById = (method: string, path: string): boolean =>
  routes.some((route) => route.method === method && route.path === path.replace(/[^/]+$/, '{id}'));

describe.concurrent('paths and methods', () => {
  test.each(paths.filter((path) => !path.endsWith('.js')))(
    '%s answers the same with and without its trailing slash, and 405 says what it takes',
    async (path) => {
      const slashed = path === '/' ? path : `${path}/`;
      const allowed: string[] = methodsOf(routes, path);
      for (const method of METHODS) {
        const answers = await Promise.all([path, slashed].map((one) => stack.api(method, one)));
        const [bare, other] = answers;
        expect([method, other?.status], slashed).toEqual([method, bare?.status]);
        for (const answer of allowed.includes(method) ? [] : answers) {
          expectProblem(answer, isReadById(method, path) ? 'not-found' : 'method-not-allowed');
          if (isReadById(method, path)) continue;
          const head = allowed.includes('GET') ? ['HEAD'] : [];
          expect(answer.headers.get('allow')?.split(', ').sort()).toEqual([...allowed, ...head, 'OPTIONS'].sort());
        }
      }
    },
  );

  test.each([
    '/nowhere',
    '/api',
    '/api/v1',
    '/api/v1/',
    '/api/v2/events',
    '/api/v1/events//',
    '//',
    '/api/v1/notifications/ntf_1/pause',
    '/docs/../secrets.json',
    '/docs/nothing.css',
    '/.env',
    '/favicon.ico',
  ])('404: %s', async (path) => {
    expectProblem(await stack.api('GET', path), 'not-found');
  });

  test('400: a path that is not percent-encoded UTF-8', async () => {
    expectErrors(await stack.api('GET', '/api/v1/events/%ff'), 'validation-failed', ['/path']);
  });

  test('400: more headers than the limit', async () => {
    const headers = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`x-${at}`, 'a']));
    expectErrors(await stack.api('GET', '/health/live', undefined, headers), 'validation-failed', ['/header']);
  });

  test('a usable request id comes back, another is replaced', async () => {
    const given = crypto.randomUUID();
    const own = await stack.api('GET', '/nowhere', undefined, { 'x-request-id': given });
    expect([own.headers.get('x-request-id'), own.body.instance]).toEqual([given, `urn:uuid:${given}`]);
    const other = await stack.api('GET', '/health/live', undefined, { 'x-request-id': '<script>' });
    expect(other.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe.concurrent('system', () => {
  test('GET / welcomes', async () => {
    const { body } = await stack.api('GET', '/');
    expect(body).toEqual({ message: 'Welcome to the Event Notification Service API', docs: '/docs' });
  });

  test.each(['/health', '/health/ready/'])(
    'GET %s 200 says how its dependencies are and nothing else',
    async (path) => {
      const { status, body, text } = await stack.api('GET', path);
      const dependency = { status: 'ok', latency_ms: expect.any(Number) };
      expect([status, body]).toEqual([
        200,
        {
          status: 'ok',
          dependencies: { dynamodb: dependency, sqs: dependency, scheduler: dependency },
          version: expect.any(String),
        },
      ]);
      expect(text).not.toMatch(/http|:\d{4}|secret|key/i);
    },
  );

  test('GET /health/live 200', async () => {
    expect((await stack.api('GET', '/health/live')).body).toEqual({ status: 'ok' });
  });

  test('GET /metrics is Prometheus text without an id, an address or a path of its own', async () => {
    await stack.api('GET', '/api/v1/notifications/ntf_00000000000000000000000001');
    const { status, text, headers } = await stack.api('GET', '/metrics');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toMatch(/route="\/api\/v1\/notifications\/\{id\}"/);
    expect(text).not.toMatch(/ntf_|evt_|@example|\+91|nowhere/);
  });

  test('GET /docs is ours from the first byte to the last, under a policy that says so', async () => {
    const page = await stack.api('GET', '/docs');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(page.text).not.toMatch(/https?:\/\//);
    const linked = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(linked).toHaveLength(4);
    const files = await Promise.all(linked.map((path) => stack.api('GET', path)));
    expect(files.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
});

describe('dead letters without any', () => {
  test('200 empty, dry run 0, 404 for a job that is none; a redrive of nothing is done at once', async () => {
    expect((await stack.api('GET', '/api/v1/dead-letters/?kind=delivery')).body).toEqual([]);
    const dry = await stack.api('POST', '/api/v1/dead-letters/redrive', { dry_run: true });
    expect([dry.status, dry.body]).toEqual([200, { matched: 0 }]);
    for (const id of ['job_1', 'ntf_00000000000000000000000000', '%20']) {
      expectProblem(await stack.api('GET', `/api/v1/dead-letters/redrive/${id}`), 'not-found');
    }
    const job = await stack.api('POST', '/api/v1/dead-letters/redrive', {});
    expect([job.status, job.body.matched]).toEqual([202, 0]);
    const found = await stack.api('GET', job.headers.get('location') ?? '');
    expect([found.status, found.body.job_id]).toEqual([200, job.body.job_id]);
  });
});

describe('without credentials, a web page elsewhere', () => {
  test.each([
    ['that rebinds its name to this machine', { host: 'evil.example:3000', origin: 'http://evil.example:3000' }],
    ['of another origin', { origin: 'https://evil.example' }],
    ['that sends no Origin', { 'sec-fetch-site': 'cross-site' }],
  ])('%s can neither read nor publish', async (_, headers) => {
    const events = () => stack.api<{ id: string }[]>('GET', '/api/v1/events/');
    const before = (await events()).body;
    for (const [method, path, body] of [
      ['GET', '/api/v1/events/', undefined],
      ['GET', '/metrics', undefined],
      ['POST', '/api/v1/events/', { type: 'user.signup', payload: {} }],
    ] as const)
      expectProblem(await stack.api(method, path, body, headers), 'forbidden');
    expect((await events()).body).toEqual(before);
  });

  test('is not /docs of the API itself, which tries requests out', async () => {
    const headers = { origin: stack.processes.apiUrl, 'sec-fetch-site': 'same-origin' };
    const event = await stack.api('POST', '/api/v1/events/', { type: 'plain.signal', payload: {} }, headers);
    expect(event.status).toBe(201);
  });
});

test('503 while a dependency is away, in our format, and health says which; then all is well again', async () => {
  await stack.fault({ service: 'dynamodb', mode: 'error' });
  const answer = await stack.api('GET', '/api/v1/events/evt_00000000000000000000000000');
  expectProblem(answer, 'unavailable');
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  const health = await until('health has noticed', async () => {
    const health = await stack.api('GET', '/health');
    return health.status === 503 && health;
  });
  expect([health.status, health.body]).toMatchObject([
    503,
    { status: 'unavailable', dependencies: { dynamodb: { status: 'unavailable' }, sqs: { status: 'ok' } } },
  ]);
  // Readiness ignores an outage of less than a minute: all processes share what is away.
  const ready = await stack.api('GET', '/health/ready');
  expect([ready.status, ready.body]).toMatchObject([
    200,
    { status: 'ok', dependencies: { dynamodb: { status: 'unavailable' } } },
  ]);
  expect((await stack.api('GET', '/health/live')).status).toBe(200);
  await stack.fault({ service: 'dynamodb', mode: 'off' });
  await until('health has noticed', async () => (await stack.api('GET', '/health')).status === 200);
});

test('/openapi.json is a sound OpenAPI 3.1 document that knows every route', async () => {
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  expect(documentProblems(body)).toEqual([]);
  const documented = Object.entries(body.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/(.)\/$/, '$1')}`),
  );
  const routed = routes.map(({ method, path }) => `${method} ${path}`).filter((one) => !/docs|openapi/.test(one));
  expect(documented.sort()).toEqual(routed.sort());
});

test('every answer is as /openapi.json says', async () => {
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  expect(conformance.differences(body)).toEqual([]);
});
