/** The routes of a notification, status by status. */
import { describe, expect, test } from 'vitest';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { makeConformance, type OpenApiDocument } from '../kit/openapi-conformance.ts';
import { DAY_MS } from '../kit/test-stack.ts';
import { expectErrors, expectProblem, useTestStack } from '../kit/vitest.ts';

const conformance = makeConformance();
const stack = useTestStack({ onAnswer: conformance.onAnswer });

const PATH = '/api/v1/notifications/';
const RFC3339_MS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const UNKNOWN = `ntf_${'0'.repeat(26)}`;
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
const post = (body: unknown, headers?: Record<string, string>) =>
  stack.api<NotificationView>('POST', PATH, body, headers);
const input = (more: Record<string, unknown> = {}) => ({
  notification_type: 'password.expiry',
  entity_id: 'user-1',
  target_date: inDays(30),
  email: 'user@example.com',
  ...more,
});

describe.concurrent('POST /notifications/', () => {
  test('201: the notification, where it is and which version', async () => {
    const target_date = inDays(30);
    const given = {
      target_date,
      phone: '+14155550123',
      webhook_url: 'https://example.com/hook',
      subject: 'Soon',
      data: { a: 1 },
    };
    const { status, headers, body } = await post(input(given));
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`${stack.processes.apiUrl}/api/v1/notifications/${body.id}`);
    expect(headers.get('etag')).toBe('"1"');
    expect(headers.get('idempotent-replayed')).toBeNull();
    const channel = { state: 'pending', attempts: 0, next_attempt_at: body.send_at };
    expect(body).toEqual({
      ...input(given),
      id: expect.stringMatching(/^ntf_[0-9a-z]{26}$/),
      lead_time_days: 7,
      send_at: new Date(Date.parse(target_date) - 7 * DAY_MS).toISOString(),
      status: 'PENDING',
      channels: { email: channel, sms: channel, webhook: channel },
      attempts: [],
      created_at: expect.stringMatching(RFC3339_MS),
      updated_at: body.created_at,
      version: 1,
    });
    const found = await stack.api('GET', headers.get('location') ?? '');
    expect(found.body).toMatchObject({ id: body.id, entity_id: 'user-1', data: { a: 1 } });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a bare date is midnight, UTC', { target_date: '2028-03-10', lead_time_days: 0 }, '2028-03-10T00:00:00.000Z'],
    [
      'a zone makes it midnight there',
      { target_date: '2028-03-10', lead_time_days: 0, timezone: 'Asia/Tokyo' },
      '2028-03-09T15:00:00.000Z',
    ],
    [
      'an offset wins over the zone',
      { target_date: '2028-03-10T09:00:00+02:00', lead_time_days: 0, timezone: 'Asia/Tokyo' },
      '2028-03-10T07:00:00.000Z',
    ],
    [
      'lead days are calendar days across a change of clocks',
      { target_date: '2028-03-28T09:00', lead_time_days: 7, timezone: 'Europe/Berlin' },
      '2028-03-21T08:00:00.000Z',
    ],
    [
      'a local time in the gap moves on',
      { target_date: '2028-03-26T02:30', lead_time_days: 0, timezone: 'Europe/Berlin' },
      '2028-03-26T01:30:00.000Z',
    ],
    [
      'a local time in the overlap is the earlier',
      { target_date: '2028-10-29T02:30', lead_time_days: 0, timezone: 'Europe/Berlin' },
      '2028-10-29T00:30:00.000Z',
    ],
    [
      'a fraction of a millisecond rounds up',
      { target_date: '2028-03-10T00:00:00.0000001Z', lead_time_days: 0 },
      '2028-03-10T00:00:00.001Z',
    ],
  ])('201: %s', async (_name, timing, sendAt) => {
    const { status, body } = await post(input(timing));
    expect([status, body.send_at]).toEqual([201, sendAt]);
  });

  test('201: a due time past while the target is ahead is sent now, and so is a send_at of a minute ago', async () => {
    const now = await stack.now();
    const [lead, recent] = await Promise.all([
      post(input({ target_date: inDays(2), lead_time_days: 30 })),
      post({
        notification_type: 'user.signup',
        entity_id: 'e',
        email: 'a@example.com',
        send_at: new Date(now - 60_000).toISOString(),
      }),
    ]);
    for (const { status, body } of [lead, recent]) {
      expect(status).toBe(201);
      expect(Date.parse(body.send_at)).toBeGreaterThanOrEqual(now);
      await stack.untilIs(body.id, 'SENT');
    }
  });

  test('201: national digits are of DEFAULT_PHONE_COUNTRY, and the answer says which number that is', async () => {
    expect((await post(input({ phone: '99999 12345' }))).body.phone).toBe('+919999912345');
  });

  test('201: any dotted lower-case type is taken', async () => {
    expect((await post(input({ notification_type: 'invoice.due_soon', body: 'Soon.' }))).status).toBe(201);
  });

  test('201 again for the same Idempotency-Key and body, written in another order; 422 for another body', async () => {
    const headers = { 'idempotency-key': 'order-17' };
    const given = input({ data: { a: 1, b: [1, 2] } });
    const first = await post(given, headers);
    const reordered = Object.fromEntries(Object.entries(given).reverse());
    const again = await post(JSON.stringify(reordered, null, 2), headers);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body.id).toBe(first.body.id);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    const other = await post({ ...given, entity_id: 'user-2' }, headers);
    expectErrors(other, 'idempotency-key-reused', ['/header/idempotency-key']);
    const canceled = await stack.api('DELETE', `${PATH}${first.body.id}`);
    const replay = await post(given, headers);
    expect(replay.body).toEqual(canceled.body);
    expect(replay.headers.get('etag')).toBe('"2"');
  });

  test('the key is of its route: the same one on an event is another', async () => {
    const headers = { 'idempotency-key': 'shared' };
    const [notification, event] = await Promise.all([
      post(input(), headers),
      stack.api('POST', '/api/v1/events/', { type: 'a', payload: {} }, headers),
    ]);
    expect([notification.status, event.status, event.headers.get('idempotent-replayed')]).toEqual([201, 201, null]);
  });

  test('20 at once with one key are one record', async () => {
    const given = input({ entity_id: 'raced' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(given, { 'idempotency-key': 'raced' })));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect([answers[0]?.status, replayed.length]).toEqual([201, 19]);
    expect((await stack.api('GET', `${PATH}?entity_id=raced`)).body).toHaveLength(1);
  });
});

describe.concurrent('PATCH /notifications/{id}', () => {
  const patch = (id: string, body: unknown, headers?: Record<string, string>) =>
    stack.api<NotificationView>('PATCH', `${PATH}${id}`, body, headers);

  test('200: merged over what was last given', async () => {
    const { id } = await stack.create(
      input({ target_date: '2028-06-01T09:00', timezone: 'Europe/Berlin', lead_time_days: 7 }),
    );
    const lead = await patch(id, { lead_time_days: 3 });
    expect([lead.status, lead.body.send_at, lead.headers.get('etag')]).toEqual([
      200,
      '2028-05-29T07:00:00.000Z',
      '"2"',
    ]);
    const zone = await patch(id, { timezone: 'UTC' });
    expect([zone.body.send_at, zone.body.version]).toEqual(['2028-05-29T09:00:00.000Z', 3]);
  });

  test('200: one form drops the other, and back', async () => {
    const { id } = await stack.create(input({ target_date: '2028-06-01' }));
    const at = await patch(id, { send_at: '2028-07-01T00:00:00Z' });
    expect(at.body.send_at).toBe('2028-07-01T00:00:00.000Z');
    expect(at.body).not.toHaveProperty('target_date');
    expect(at.body).not.toHaveProperty('lead_time_days');
    const target = await patch(id, { target_date: '2028-08-10' });
    expect(target.body).toMatchObject({
      target_date: '2028-08-10T00:00:00.000Z',
      lead_time_days: 7,
      send_at: '2028-08-03T00:00:00.000Z',
    });
  });

  test('200 with the present version or *; 412 with a stale, weak, unquoted or empty one, and nothing changes', async () => {
    const { id } = await stack.create(input());
    expect((await patch(id, { lead_time_days: 1 }, { 'if-match': '"1"' })).status).toBe(200);
    for (const tag of ['"1"', 'W/"2"', '2', '"two"', '']) {
      expectErrors(await patch(id, { lead_time_days: 2 }, { 'if-match': tag }), 'precondition-failed', [
        '/header/if-match',
      ]);
    }
    expect(await stack.read(id)).toMatchObject({ lead_time_days: 1, version: 2 });
    expect((await patch(id, { lead_time_days: 2 }, { 'if-match': '*' })).body.version).toBe(3);
    expect((await patch(id, { lead_time_days: 4 }, { 'if-match': '"9", "3"' })).body.version).toBe(4);
  });

  test('the version is no bookkeeping: an entry at EventBridge leaves it, and If-Match holds', async () => {
    const { id } = await stack.create(input());
    const scheduled = await stack.untilIs(id, 'SCHEDULED');
    expect(scheduled.version).toBe(1);
    expect((await patch(id, { lead_time_days: 1 }, { 'if-match': '"1"' })).status).toBe(200);
  });

  test.each<[string, unknown, string[]]>([
    ['nothing', {}, ['']],
    ['the entity', { entity_id: 'other', lead_time_days: 1 }, ['/entity_id']],
    ['the last recipient', { email: null, phone: null }, ['/email', '/phone']],
    ['both forms', { target_date: '2028-01-01', send_at: '2028-01-01' }, ['/send_at']],
    ['an impossible date', { target_date: '2028-02-30' }, ['/target_date']],
    ['the past', { send_at: '2020-01-01T00:00:00Z' }, ['/send_at']],
    ['beyond the horizon', { target_date: '2099-01-01' }, ['/target_date']],
    ['an unknown zone', { timezone: 'Nowhere/Land' }, ['/timezone']],
    ['a target that is null', { target_date: null }, ['/target_date']],
  ])('400: %s, and nothing changes', async (_name, body, pointers) => {
    const before = await stack.create(input());
    expectErrors(await patch(before.id, body), 'validation-failed', pointers);
    const { status: _, ...after } = await stack.read(before.id);
    const { status: __, ...unchanged } = before;
    expect({ ...after, updated_at: '' }).toEqual({ ...unchanged, updated_at: '' });
  });

  test('400: a lead for a notification with send_at', async () => {
    const { id } = await stack.create({ send_at: inDays(3) });
    expectErrors(await patch(id, { lead_time_days: 1 }), 'validation-failed', ['/lead_time_days']);
  });

  test('413, 415, and 400 without JSON', async () => {
    const { id } = await stack.create(input());
    expectProblem(await patch(id, { timezone: 'a'.repeat(300_000) }), 'payload-too-large');
    expectProblem(await patch(id, '{}', { 'content-type': 'application/merge-patch' }), 'unsupported-media-type');
    expectProblem(await patch(id, '{'), 'malformed-json');
    expectProblem(await patch(id, undefined), 'malformed-json');
  });
});

describe.concurrent('404', () => {
  const ids = [
    UNKNOWN,
    'ntf_1',
    'evt_00000000000000000000000000',
    UNKNOWN.toUpperCase(),
    '%2e%2e',
    'a'.repeat(300),
    'ntf_%00',
  ];
  test.each(ids)('%s has no notification', async (id) => {
    const answers = await Promise.all([
      stack.api('GET', `${PATH}${id}`),
      stack.api('DELETE', `${PATH}${id}`),
      stack.api('PATCH', `${PATH}${id}`, { lead_time_days: 1 }),
      stack.api('POST', `${PATH}${id}/stop`),
      stack.api('POST', `${PATH}${id}/retry/`),
    ]);
    for (const answer of answers) expectProblem(answer, 'not-found');
  });
});

test('every answer is as /openapi.json says', async () => {
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  expect(conformance.differences(body)).toEqual([]);
});
