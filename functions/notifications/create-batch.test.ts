/** The handler of a batch as Lambda calls it, and the calls of AWS that it makes. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamoClient, sqsClient } from '../../lib/aws/clients.ts';
import type { HttpHandler } from '../../lib/http/types.ts';
import { type Backend, invoke, startBackend } from '../handlers.testing.ts';

const base = '/api/v1/notifications/';
let backend: Backend;
let handlers: Record<'batch' | 'create' | 'list', HttpHandler>;
let calls: Record<string, number> = {};

const countCalls = ({ middlewareStack }: Pick<ReturnType<typeof dynamoClient>, 'middlewareStack'>): void => {
  const counting =
    <R, A>(next: (request: R) => A, { commandName = '' }: { commandName?: string }) =>
    (request: R): A => {
      calls[commandName] = (calls[commandName] ?? 0) + 1;
      return next(request);
    };
  middlewareStack.addRelativeTo(counting, { relation: 'before', toMiddleware: 'firstAttempt', name: 'counting' });
};

beforeAll(async () => {
  backend = await startBackend();
  handlers = {
    batch: (await import('./create-batch.ts')).handler,
    create: (await import('./create.ts')).handler,
    list: (await import('./list.ts')).handler,
  };
  countCalls(dynamoClient());
  countCalls(sqsClient() as never);
});
beforeEach(() => {
  calls = {};
});
afterAll(() => backend.stop());

const item = (changes: object = {}) => ({
  ...{ notification_type: 'user.signup', entity_id: 'user-1', email: 'user@example.com' },
  ...{ send_at: new Date(Date.now() + 600_000).toISOString(), ...changes },
});
const post = (body: unknown, headers: Record<string, string> = {}) =>
  invoke(handlers.batch, {
    path: `${base}batch`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
const total = () => Object.values(calls).reduce((sum, count) => sum + count, 0);
const far = { send_at: new Date(Date.now() + 86_400_000).toISOString() };
const idsOf = async (group: string) => {
  const { body } = await invoke(handlers.list, { method: 'GET', path: base, query: `group=${group}&limit=100` });
  return (body as { id: string }[]).map(({ id }) => id);
};

describe('POST /api/v1/notifications/batch', () => {
  it('200 with the id and version of each, or why it is not stored', async () => {
    const { status, body } = await post({ items: [item({ group: 'mixed' }), item({ email: 'no-address', color: 1 })] });
    expect(status).toBe(200);
    expect(body.results).toEqual([
      { index: 0, status: 201, id: expect.stringMatching(/^ntf_/), version: 1 },
      {
        index: 1,
        status: 400,
        problem: {
          type: 'urn:problem-type:event-notification-service:validation-failed',
          title: 'The request is not valid',
          status: 400,
          detail: expect.stringContaining('/items/1/color: is not known'),
          instance: expect.any(String),
          code: 'validation-failed',
          errors: [
            { pointer: '/items/1/email', detail: 'must be an e-mail address' },
            { pointer: '/items/1/color', detail: 'is not known' },
          ],
        },
      },
    ]);
    expect(await idsOf('mixed')).toEqual([body.results[0].id]);
  });

  it('400 with reject_all, by pointers into the body, and nothing is stored', async () => {
    const items = [item({ group: 'whole' }), item({ email: 'no-address' }), item(), 7];
    const { status, body } = await post({ items, on_invalid: 'reject_all' });
    expect([status, body.code]).toEqual([400, 'validation-failed']);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/items/1/email', '/items/3']);
    expect([await idsOf('whole'), calls.PutItemCommand]).toEqual([[], undefined]);
  });

  it('takes the keys of single requests: 201 with replayed, or 422', async () => {
    const given = item({ group: 'keys' });
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'order-42' };
    const single = await invoke(handlers.create, { path: base, body: JSON.stringify(given), headers });
    const { body } = await post({
      items: [
        { ...given, idempotency_key: 'order-42' },
        { ...given, entity_id: 'other', idempotency_key: 'order-42' },
      ],
    });
    expect(body.results).toMatchObject([
      { index: 0, status: 201, id: single.body.id, version: 1, replayed: true },
      { index: 1, status: 422, problem: { errors: [{ pointer: '/items/1/idempotency_key' }] } },
    ]);
    expect(await idsOf('keys')).toEqual([single.body.id]);
  });

  it('400 for a key in the header, for no items, and for more than a hundred', async () => {
    const pointers = async (body: unknown, headers = {}) => {
      const answer = await post(body, headers);
      return [answer.status, ...answer.body.errors.map(({ pointer, detail }: never) => `${pointer} ${detail}`)];
    };
    expect(await pointers({ items: [item()] }, { 'idempotency-key': 'k' })).toEqual([
      400,
      '/header/idempotency-key must not be given for a batch: each item may have an idempotency_key',
    ]);
    expect(await pointers({ items: [] })).toEqual([400, '/items must not be empty']);
    const many = Array.from({ length: 101 }, () => item());
    expect(await pointers({ items: many })).toEqual([400, '/items must have at most 100 items']);
    expect(total()).toBe(0);
  });

  it('takes 1 MB, and 413 beyond it; a single request takes 256 KB as before', async () => {
    const items = Array.from({ length: 90 }, (_, n) => item({ group: 'large', data: { text: 'x'.repeat(11_000), n } }));
    const body = JSON.stringify({ items });
    const { body: answer } = await post(body);
    expect(answer.results.map((one: { status: number }) => one.status)).toEqual(items.map(() => 201));
    expect((await post(body + ' '.repeat(1_048_577 - body.length))).status).toBe(413);
    const single = { path: base, body: JSON.stringify(item()) + ' '.repeat(262_144) };
    expect((await invoke(handlers.create, single)).status).toBe(413);
  });

  it.each([
    ['near', () => ({})],
    ['far', () => far],
    ['near and far', (n: number) => (n % 2 ? far : {})],
  ])('makes at most 1.15 calls an item, all %s', async (_, changes) => {
    const items = Array.from({ length: 100 }, (__, n) => item(changes(n)));
    const { body } = await post({ items });
    expect(body.results.filter(({ status }: { status: number }) => status === 201)).toHaveLength(100);
    expect(calls.PutItemCommand).toBe(100);
    expect(total()).toBeLessThanOrEqual(115);
  });

  it('answers although the queues are away: stored all the same', async () => {
    await backend.sqs.outage();
    const { body } = await post({ items: [item({ group: 'unsent' }), item({ group: 'unsent' })] }).finally(() =>
      backend.sqs.recover(),
    );
    expect(body.results).toMatchObject([{ status: 201 }, { status: 201 }]);
    expect(await idsOf('unsent')).toHaveLength(2);
  });
});
