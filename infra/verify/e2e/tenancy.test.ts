/** Two tenants in one stack: neither sees, changes or counts what is the other's, on any route. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import type { Answer } from '../kit/client.ts';
import { DAY_MS } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { expectErrors, expectProblem, useTestStack } from '../kit/vitest.ts';
import { adminOf, type Caller, filled, guardedRoutes } from './auth-callers.ts';

const NOTIFICATIONS = '/api/v1/notifications';
const EVENTS = '/api/v1/events';
const DEAD = '/api/v1/dead-letters';

const stack = useTestStack({ env: { AUTH_MODE: 'api-key' } });
let acme: Caller;
let beta: Caller;
/** What acme has, by the noun in the path. */
const own: Record<string, { id: string; unknown: string }> = {};

const created = async (by: Caller, path: string, body: unknown, headers?: Record<string, string>) => {
  const answer = await by.api<{ id: string; job_id: string }>('POST', path, body, headers);
  expect([200, 201, 202], answer.text).toContain(answer.status);
  return answer.body;
};
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
const notification = (more = {}) => ({
  notification_type: 'user.signup',
  entity_id: 'user-1',
  send_at: inDays(30),
  email: 'user@example.com',
  ...more,
});
const read = async (by: Caller, id: string) => (await by.api<NotificationView>('GET', `${NOTIFICATIONS}/${id}`)).body;
/** One that died: the receiver says 410. */
const dead = async (by: Caller): Promise<string> => {
  const path = `/${crypto.randomUUID()}`;
  stack.receiver.behave(path, 410);
  const due = { send_at: await stack.at(0), email: undefined, webhook_url: stack.receiver.url(path) };
  const { id } = await created(by, NOTIFICATIONS, notification(due));
  await until('it has died', async () => (await read(by, id)).status === 'FAILED');
  return id;
};
const listed = async (by: Caller, path: string) => (await by.api<{ id: string }[]>('GET', path)).body;

beforeAll(async () => {
  [acme, beta] = await Promise.all([adminOf(stack, 'acme'), adminOf(stack, 'beta')]);
  const none = (prefix: string) => `${prefix}_${'0'.repeat(26)}`;
  const key = await created(acme, '/api/v1/keys/', { name: 'k', scopes: ['events:read'] });
  const endpoint = await created(acme, '/api/v1/endpoints/', { url: stack.receiver.url('/acme') });
  const event = await created(acme, EVENTS, { type: 'plain', source: 'shop', payload: {} });
  const job = await created(acme, `${DEAD}/redrive`, { kind: 'message' });
  const erasure = await created(acme, '/api/v1/erasure/', { email: 'gone@example.com' });
  const { send_at: _, ...content } = notification();
  const schedule = await created(acme, '/api/v1/schedules/', { cron: '0 9 1 * *', notification: content });
  Object.assign(own, {
    notifications: { id: (await created(acme, NOTIFICATIONS, notification())).id, unknown: none('ntf') },
    events: { id: event.id, unknown: none('evt') },
    keys: { id: key.id, unknown: none('key') },
    endpoints: { id: endpoint.id, unknown: none('end') },
    'dead-letters': { id: job.job_id, unknown: none('job') },
    erasure: { id: erasure.job_id, unknown: none('era') },
    jobs: { id: job.job_id, unknown: none('job') },
    schedules: { id: schedule.id, unknown: none('sch') },
  });
});

/** Without what must differ: the id that was asked for, and this very request's. */
const withoutIds = (answer: Answer<unknown>, id: string) => {
  const { instance: _, ...problem } = answer.body as Record<string, unknown>;
  const headers = [...answer.headers].filter(([name]) => !/^(date|x-request-id|ratelimit|content-length)$/.test(name));
  return JSON.stringify([answer.status, problem, headers]).replaceAll(id, 'ID');
};

describe('an id of another tenant', () => {
  const withIds = guardedRoutes.filter(({ path }) => path.includes('{'));
  const bodies: Record<string, unknown> = {
    [`PATCH ${NOTIFICATIONS}/{id}`]: { send_at: inDays(20) },
    'PATCH /api/v1/endpoints/{id}': { description: 'mine now' },
    'PATCH /api/v1/schedules/{id}': { paused: true },
  };

  test.each(withIds)('$method $path answers as an id that no record has', async ({ method, path }) => {
    const { id, unknown } = own[path.split('/')[3] ?? ''] ?? {
      id: 'has no record of its own in this test',
      unknown: '',
    };
    const body = bodies[`${method} ${path}`];
    const headers = method === 'PATCH' ? { 'if-match': '"1"' } : {};
    const others = await beta.api(method, filled(path, id), body, headers);
    const nobodys = await beta.api(method, filled(path, unknown), body, headers);
    expectProblem(others, 'not-found');
    expect(withoutIds(others, id)).toBe(withoutIds(nobodys, unknown));
  });

  test('left everything as it was', async () => {
    expect(await read(acme, own.notifications?.id ?? '')).toMatchObject({ status: 'SCHEDULED' });
    const { body: key } = await acme.api('GET', `/api/v1/keys/${own.keys?.id}`);
    expect(Object.keys(key)).not.toEqual(expect.arrayContaining(['revoked_at']));
    expect(Object.keys(key)).not.toEqual(expect.arrayContaining(['rotated_at']));
    const { body: endpoint } = await acme.api('GET', `/api/v1/endpoints/${own.endpoints?.id}`);
    expect([endpoint.state, endpoint.description]).toEqual(['enabled', undefined]);
    expect(stack.receiver.received('/acme')).toEqual([]);
  });

  test('cannot be sent to', async () => {
    const answer = await beta.api(
      'POST',
      NOTIFICATIONS,
      notification({ email: undefined, endpoint_id: own.endpoints?.id }),
    );
    const none = await beta.api(
      'POST',
      NOTIFICATIONS,
      notification({ email: undefined, endpoint_id: own.endpoints?.unknown }),
    );
    expectErrors(answer, 'validation-failed', ['/endpoint_id']);
    expect(withoutIds(answer, own.endpoints?.id ?? '')).toBe(withoutIds(none, own.endpoints?.unknown ?? ''));
  });
});

describe('a list', () => {
  test.each([
    NOTIFICATIONS,
    `${NOTIFICATIONS}?entity_id=user-1`,
    `${NOTIFICATIONS}?notification_type=custom`,
    `${NOTIFICATIONS}?status=SCHEDULED`,
    EVENTS,
    `${EVENTS}?source=shop`,
    `${EVENTS}?type=plain`,
    `${DEAD}/`,
    '/api/v1/endpoints/',
  ])('%s holds nothing of another tenant', async (path) => {
    expect(await listed(beta, path)).toEqual([]);
  });

  test('of keys holds the own', async () => {
    const tenants = async (by: Caller) =>
      (await by.api<{ tenant: string }[]>('GET', '/api/v1/keys')).body.map(({ tenant }) => tenant);
    expect(await tenants(beta)).toEqual(['beta']);
    expect(new Set(await tenants(acme))).toEqual(new Set(['acme']));
  });

  test.each([EVENTS, NOTIFICATIONS])('%s: a cursor is good for its own tenant alone', async (path) => {
    const make = (by: Caller) =>
      created(
        by,
        path,
        path === EVENTS
          ? { type: 'paged', payload: {} }
          : notification({ notification_type: 'paged', body: 'One of two.' }),
      );
    await Promise.all([acme, acme, beta, beta].map(make));
    const filter = path === EVENTS ? 'type=paged' : 'notification_type=paged';
    const first = await acme.api('GET', `${path}?${filter}&limit=1`);
    const [, next = ''] = /<([^>]*)>/.exec(first.headers.get('link') ?? '') ?? [];
    expect((await acme.api('GET', next)).body).toHaveLength(1);
    expectProblem(await beta.api('GET', next), 'invalid-cursor');
    expect(await listed(beta, `${path}?${filter}`)).toHaveLength(2);
  });
});

describe('what makes repetition harmless', () => {
  test('Idempotency-Key: of two tenants do not meet', async () => {
    const headers = { 'idempotency-key': 'same' };
    const [ones, others] = [notification({ entity_id: 'a' }), notification({ entity_id: 'b' })];
    const one = await created(acme, NOTIFICATIONS, ones, headers);
    const other = await created(beta, NOTIFICATIONS, others, headers);
    expect(other.id).not.toBe(one.id);
    const again = await beta.api('POST', NOTIFICATIONS, others, headers);
    expect([again.body.id, again.headers.get('idempotent-replayed')]).toEqual([other.id, 'true']);
  });

  test('source and id of an event: of two tenants do not meet', async () => {
    const event = (n: number) => ({ type: 'plain', source: 'shop', id: 'order-1', payload: { n } });
    const one = await acme.api('POST', EVENTS, event(1));
    const other = await beta.api('POST', EVENTS, event(2));
    expect([one.status, other.status, one.body.id === other.body.id]).toEqual([201, 201, false]);
    expect((await beta.api('POST', EVENTS, event(2))).body.id).toBe(other.body.id);
  });

  test('Idempotency-Key of a redrive: of two tenants do not meet', async () => {
    const headers = { 'idempotency-key': 'redrive' };
    const one = await created(acme, `${DEAD}/redrive`, { kind: 'message' }, headers);
    const other = await created(beta, `${DEAD}/redrive`, { kind: 'delivery' }, headers);
    expect(other.job_id).not.toBe(one.job_id);
  });
});

test('what an event causes belongs to its tenant', async () => {
  const payload = { user_id: 'event-user', email: 'user@example.com' };
  const event = await created(acme, EVENTS, { type: 'user.signup', payload });
  const found = await until('it is caused', async () => {
    const all = await listed(acme, `${NOTIFICATIONS}?entity_id=event-user`);
    return all.length > 0 && all;
  });
  expect(found).toMatchObject([{ event_id: event.id }]);
  expect(await listed(beta, `${NOTIFICATIONS}?entity_id=event-user`)).toEqual([]);
});

test('a redrive counts and takes its own dead alone', async () => {
  const [of, theirs] = await Promise.all([dead(acme), dead(beta)]);
  expect((await listed(beta, `${DEAD}/`)).map(({ id }) => id)).toEqual([theirs]);
  expect((await beta.api('POST', `${DEAD}/redrive`, { dry_run: true })).body).toEqual({ matched: 1 });
  const { job_id } = await created(beta, `${DEAD}/redrive`, {});
  const done = await until('it is done', async () => {
    const { body } = await beta.api('GET', `${DEAD}/redrive/${job_id}`);
    return body.status === 'DONE' && body;
  });
  expect(done).toMatchObject({ matched: 1, redriven: 1 });
  await until('its own was sent again', () => stack.receiver.of(theirs).length === 2);
  expect(stack.receiver.of(of)).toHaveLength(1);
  expect(await listed(acme, `${DEAD}/`)).toMatchObject([{ id: of }]);
  expect(await read(acme, of)).toMatchObject({ status: 'FAILED' });
});
