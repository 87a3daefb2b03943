/** Publishing and reading events: our own form, CloudEvents in all three, repetitions, what they cause. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus, pathOf } from '../expect.ts';
import { DAY_MS, type Service } from '../service.ts';
import { type DeadLetter, EVENTS, type Event, LETTERS } from '../shapes.ts';

const check = inGroup('events');

const STRUCTURED = { headers: { 'content-type': 'application/cloudevents+json' } };
const BATCH = { headers: { 'content-type': 'application/cloudevents-batch+json' } };
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const AT_ONCE = 10;

const post = <T = Event>({ api }: Service, body: unknown, options = {}) => api<T>('POST', EVENTS, body, options);
/** What is stored under a source; an index may be a moment behind. */
const stored = async ({ api, until }: Service, source: string, count: number): Promise<Event[]> => {
  const path = `${EVENTS}?${new URLSearchParams({ source, limit: '100' })}`;
  return until(`${count} events are listed`, async () => {
    const { body } = await api<Event[]>('GET', path);
    return body.length >= count && body;
  });
};
const cloudEvent = (source: string, id: string, more: object = {}) => ({
  specversion: '1.0',
  type: 'conformance.done',
  source,
  id,
  ...more,
});

export const events = [
  check(
    'published: 201 with Location, read back, and PROCESSED without notifications when it names no recipient',
    async (service) => {
      const given = { type: 'user.signup', source: service.tag, payload: { user_id: 123, info: 'Test user' } };
      const answer = await post(service, given);
      expectStatus(answer, 201);
      const { id, created_at } = answer.body;
      equal(pathOf(answer.headers.get('location')), `${EVENTS}${id}`);
      match(created_at, TIME);
      deepEqual(answer.body.payload, given.payload);
      const read = await service.untilProcessed(id);
      deepEqual([read.id, read.status, read.notifications, read.payload], [id, 'PROCESSED', [], given.payload]);
    },
  ),

  check('the same source and id again: 200 and the first; other content: 422 and nothing changes', async (service) => {
    const given = { type: 'a.b', source: service.tag, id: 'order-1', payload: { n: 1, deep: { x: [1, null] } } };
    const first = await post(service, given);
    const again = await post(service, JSON.stringify(Object.fromEntries(Object.entries(given).reverse()), null, 1));
    deepEqual([first.status, again.status, again.body.id], [201, 200, first.body.id]);
    equal(first.body.source_id, 'order-1');
    expectProblem(await post(service, { ...given, payload: { n: 2 } }), 'idempotency-key-reused', ['/id']);
    const read = await service.api<Event>('GET', `${EVENTS}${first.body.id}`);
    deepEqual(read.body.payload, given.payload);
  }),

  check('the digits of every number come back, and are compared', async (service) => {
    const body = (digit: number, id: string) =>
      `{"type":"a.b","source":"${service.tag}","id":"${id}","payload":{"n":[900719925474099${digit},0.123456789012345678${digit}]}}`;
    const payload = '"payload":{"n":[9007199254740993,0.1234567890123456783]}';
    const first = await post(service, body(3, 'digits'));
    expectStatus(first, 201);
    const read = await service.api<Event>('GET', `${EVENTS}${first.body.id}`);
    for (const { text } of [first, read]) ok(text.includes(payload), `not as given: ${text}`);
    expectProblem(await post(service, body(2, 'digits')), 'idempotency-key-reused', ['/id']);
    equal((await post(service, body(3, 'digits'))).status, 200);
    expectProblem(await post(service, body(3, 'tiny').replace('0.1', '1e-400,0.1')), 'validation-failed', [
      '/payload/n/1',
    ]);
  }),

  check('the same Idempotency-Key and body: 201 and the first; another body: 422', async (service) => {
    const options = { headers: { 'idempotency-key': service.tag } };
    const given = { type: 'a.b', source: service.tag, payload: { n: 1 } };
    const first = await post(service, given, options);
    const again = await post(service, { payload: { n: 1 }, source: service.tag, type: 'a.b' }, options);
    deepEqual([first.status, again.status, again.body.id], [201, 201, first.body.id]);
    deepEqual(
      [first, again].map(({ headers }) => headers.get('idempotent-replayed')),
      [null, 'true'],
    );
    expectProblem(await post(service, { ...given, payload: { n: 2 } }, options), 'idempotency-key-reused');
  }),

  check(`${AT_ONCE} at once with one key, or one id, are one event`, async (service) => {
    const ways: [string, object, object][] = [
      ['key', {}, { headers: { 'idempotency-key': `${service.tag}-raced` } }],
      ['id', { id: 'raced' }, {}],
    ];
    for (const [name, more, options] of ways) {
      const given = { type: 'a', source: `${service.tag}-${name}`, payload: {}, ...more };
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => post(service, given, options)));
      for (const answer of answers) ok([200, 201].includes(answer.status), `${answer.status}: ${answer.text}`);
      equal(new Set(answers.map(({ body }) => body.id)).size, 1, `events by one ${name}`);
      equal((await stored(service, given.source, 1)).length, 1, `listed by one ${name}`);
    }
  }),

  check('CloudEvents: structured and binary are the same event', async (service) => {
    const attributes = { subject: 'Euro €', data: { a: 1 } };
    const structured = await post(service, cloudEvent(service.tag, 'b1', attributes), STRUCTURED);
    expectStatus(structured, 201, 'structured');
    deepEqual(
      [structured.body.source_id, structured.body.subject, structured.body.payload],
      ['b1', 'Euro €', { a: 1 }],
    );
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'b1',
      'ce-source': service.tag,
      'ce-type': 'conformance.done',
      'ce-subject': 'Euro%20%E2%82%AC',
    };
    const binary = await post(service, { a: 1 }, { headers });
    deepEqual([binary.status, binary.body.id], [200, structured.body.id]);
  }),

  check('CloudEvents: a batch is an array in its order, safe to repeat, and all or nothing', async (service) => {
    const batch = ['1', '2', '1'].map((id) => cloudEvent(service.tag, id, { data: { id } }));
    const first = await post<Event[]>(service, batch, BATCH);
    expectStatus(first, 201, 'a batch');
    deepEqual(
      first.body.map(({ source_id }) => source_id),
      ['1', '2', '1'],
    );
    const again = await post<Event[]>(service, batch, BATCH);
    deepEqual([again.status, again.body.map(({ id }) => id)], [201, first.body.map(({ id }) => id)]);
    const conflict = [cloudEvent(service.tag, 'new'), cloudEvent(service.tag, '1', { data: { id: 'other' } })];
    expectProblem(await post(service, conflict, BATCH), 'idempotency-key-reused', ['/1/id']);
    const bad = [cloudEvent(service.tag, 'new'), { ...cloudEvent(service.tag, 'bad'), type: 7 }];
    expectProblem(await post(service, bad, BATCH), 'validation-failed', ['/1/type']);
    const long = Array.from({ length: 26 }, (_, at) => cloudEvent(service.tag, `long-${at}`));
    expectProblem(await post(service, long, BATCH), 'validation-failed');
    deepEqual((await stored(service, service.tag, 2)).map(({ source_id }) => source_id).sort(), ['1', '2']);
  }),

  check(
    'password.expiry is delivered 7 days before, or as many as its payload says; processed twice it makes nothing twice',
    async (service) => {
      const expiry_date = service.at(60 * DAY_MS);
      for (const [days, more] of [
        [7, {}],
        [30, { lead_days: 30 }],
      ] as const) {
        const payload = { user_id: `${service.tag}-${days}`, email: 'user@example.com', expiry_date, ...more };
        const input = { type: 'password.expiry', id: `expiry-${days}`, payload };
        const { id } = await service.publish(input);
        const { status, notifications = [] } = await service.untilProcessed(id);
        service.adopt(notifications);
        deepEqual([status, notifications.length], ['PROCESSED', 1]);
        const made = await service.read(notifications[0] ?? '');
        equal((Date.parse(expiry_date) - Date.parse(made.send_at)) / DAY_MS, days);
        deepEqual([made.event_id, made.entity_id, made.notification_type], [id, payload.user_id, 'password.expiry']);
        const again = await post(service, { source: service.tag, ...input });
        deepEqual([again.status, again.body.id], [200, id]);
        deepEqual((await service.api<Event>('GET', `${EVENTS}${id}`)).body.notifications, notifications);
      }
    },
  ),

  check(
    'an event whose recipient cannot be used is REJECTED with a reason, and listed as a dead letter',
    async (service) => {
      const payload = { user_id: 1, email: 'conformance-no-address' };
      const { id } = await service.publish({ type: 'user.signup', payload });
      const { status, reason = '' } = await service.untilProcessed(id);
      equal(status, 'REJECTED');
      match(reason, /email/);
      ok(!reason.includes('conformance-no-address'), `the value itself is in the reason: ${reason}`);
      const since = service.at(-5 * 60_000);
      const path = `${LETTERS}?${new URLSearchParams({ kind: 'message', since, limit: '100' })}`;
      const letter = await service.until('it is listed', async () =>
        (await service.api<DeadLetter[]>('GET', path)).body.find((one) => one.event_id === id),
      );
      deepEqual([letter.kind, letter.reason], ['message', reason]);
    },
  ),

  check('an event that is not there is 404', async ({ api }) => {
    for (const id of [`evt_${'0'.repeat(26)}`, 'evt_1', `ntf_${'0'.repeat(26)}`, '%20']) {
      expectProblem(await api('GET', `${EVENTS}${id}`), 'not-found');
    }
  }),
];
