/** Many in one request: each item as a request of its own, or none of them. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus } from '../expect.ts';
import { DAY_MS, type Service } from '../service.ts';
import { type BatchResults, EVENTS, type Event, NOTIFICATIONS, type Notification } from '../shapes.ts';

const check = inGroup('batches');

const ITEMS_MAX = 100;

const item = (service: Service, more: object = {}) => ({
  notification_type: service.type,
  entity_id: service.tag,
  group: service.tag,
  send_at: service.at(30 * DAY_MS),
  email: 'user@example.com',
  body: 'A check of conformance.',
  ...more,
});
const invalid = (service: Service) => item(service, { email: 'no-address' });
const post = ({ api }: Service, noun: string, body: unknown, headers = {}) =>
  api<BatchResults>('POST', `${noun}batch`, body, { headers });
const shown = ({ results }: BatchResults) => results.map(({ index, status, id }) => [index, status, id !== undefined]);
const listed = async ({ api, tag }: Service): Promise<number> =>
  (await api<Notification[]>('GET', `${NOTIFICATIONS}?group=${tag}&limit=100`)).body.length;

export const batches = [
  check('notifications: each item answered in its place, what is invalid left out', async (service) => {
    const items = [item(service), invalid(service), item(service, { entity_id: `${service.tag}-2` })];
    const answer = await post(service, NOTIFICATIONS, { items });
    expectStatus(answer, 200);
    deepEqual(shown(answer.body), [
      [0, 201, true],
      [1, 400, false],
      [2, 201, true],
    ]);
    const [first, refused, third] = answer.body.results;
    deepEqual([refused?.problem?.code, refused?.problem?.status], ['validation-failed', 400]);
    deepEqual(
      refused?.problem?.errors?.map(({ pointer }) => pointer),
      ['/items/1/email'],
    );
    const [one, three] = [await service.read(first?.id ?? ''), await service.read(third?.id ?? '')];
    deepEqual([one.version, one.entity_id, three.entity_id], [first?.version, service.tag, `${service.tag}-2`]);
  }),

  check(
    'notifications: with reject_all one invalid item is 400 by its pointer, and none is stored',
    async (service) => {
      const items = [item(service), invalid(service), item(service), 7];
      const answer = await post(service, NOTIFICATIONS, { items, on_invalid: 'reject_all' });
      expectProblem(answer, 'validation-failed', ['/items/1/email', '/items/3']);
      const whole = await post(service, NOTIFICATIONS, { items: [item(service)], on_invalid: 'reject_all' });
      deepEqual(shown(whole.body), [[0, 201, true]]);
      await service.until('that of the second batch alone is listed', async () => (await listed(service)) === 1);
    },
  ),

  check('notifications: keys of items are those of single requests, and repeat nothing', async (service) => {
    const given = item(service);
    const headers = { 'idempotency-key': service.tag };
    const single = await service.api<Notification>('POST', NOTIFICATIONS, given, { headers });
    const items = [
      { ...given, idempotency_key: service.tag },
      { ...given, entity_id: 'other', idempotency_key: service.tag },
      { ...given, idempotency_key: `${service.tag}-2` },
    ];
    const [first, second] = [
      await post(service, NOTIFICATIONS, { items }),
      await post(service, NOTIFICATIONS, { items }),
    ];
    deepEqual(
      first.body.results.map(({ status }) => status),
      [201, 422, 201],
    );
    deepEqual([first.body.results[0]?.id, first.body.results[0]?.replayed], [single.body.id, true]);
    equal(first.body.results[1]?.problem?.errors?.[0]?.pointer, '/items/1/idempotency_key');
    equal(first.body.results[2]?.replayed, undefined);
    deepEqual([second.body.results[2]?.id, second.body.results[2]?.replayed], [first.body.results[2]?.id, true]);
  }),

  check('a batch of none, of too many, of nonsense, or with a key in its header is 400', async (service) => {
    const bad: [unknown, string[], object?][] = [
      [{ items: [] }, ['/items']],
      [{ items: Array.from({ length: ITEMS_MAX + 1 }, () => item(service)) }, ['/items']],
      [{}, ['/items']],
      [{ items: [item(service)], on_invalid: 'stop' }, ['/on_invalid']],
      [{ items: [item(service)], idempotency_key: 'k' }, ['/idempotency_key']],
      [{ items: [item(service)] }, ['/header/idempotency-key'], { 'idempotency-key': 'k' }],
    ];
    for (const [body, pointers, headers] of bad)
      for (const noun of [NOTIFICATIONS, EVENTS])
        expectProblem(await post(service, noun, body, headers), 'validation-failed', pointers);
    equal(await listed(service), 0);
  }),

  check('events: each item answered as by itself: 201, 200 for its own id again, 422, 400', async (service) => {
    const event = (id: string, payload: object = {}) => ({ type: 'a.b', source: service.tag, id, payload });
    const items = [event('1'), event('2'), event('1'), event('2', { n: 1 }), { type: 'no type', payload: {} }];
    const answer = await post(service, EVENTS, { items });
    expectStatus(answer, 200);
    deepEqual(
      answer.body.results.map(({ index, status }) => [index, status]),
      [201, 201, 200, 422, 400].map((status, index) => [index, status]),
    );
    const [first, , again, other] = answer.body.results;
    equal(again?.id, first?.id);
    equal(other?.problem?.errors?.[0]?.pointer, '/items/3/id');
    match(first?.id ?? '', /^evt_/);
    const { body } = await service.api<Event>('GET', `${EVENTS}${first?.id}`);
    ok(body.source_id === '1', JSON.stringify(body));
  }),

  check('a batch of 1 MB is taken, a larger one is 413', async (service) => {
    const large = { data: { text: 'x'.repeat(50_000) } };
    const items = Array.from({ length: 20 }, () => item(service, large));
    const text = JSON.stringify({ items });
    const taken = await post(service, NOTIFICATIONS, text);
    deepEqual([...new Set(taken.body.results.map(({ status }) => status))], [201]);
    const tooLarge = text + ' '.repeat(1_048_577 - text.length);
    expectProblem(await post(service, NOTIFICATIONS, tooLarge), 'payload-too-large');
  }),
];
