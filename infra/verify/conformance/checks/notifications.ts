/** The routes of a notification that is never claimed: nothing here is delivered. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus, pathOf } from '../expect.ts';
import { DAY_MS, type Service } from '../service.ts';
import { EVENTS, type Event, NOTIFICATIONS, type Notification } from '../shapes.ts';

const check = inGroup('notifications');

const AT_ONCE = 10;
const SCHEDULED_WITHIN_MS = 30_000;

const given = (service: Service, more: object = {}) => ({
  notification_type: 'password.expiry',
  entity_id: service.tag,
  target_date: service.at(30 * DAY_MS),
  email: 'user@example.com',
  ...more,
});
const post = ({ api }: Service, body: unknown, headers = {}) =>
  api<Notification>('POST', NOTIFICATIONS, body, { headers });
const patch = ({ api }: Service, id: string, body: unknown, headers = {}) =>
  api<Notification>('PATCH', `${NOTIFICATIONS}${id}`, body, { headers });
/** The last Sunday of a month: when clocks change in Berlin, at 01:00 UTC. */
const lastSunday = (year: number, month: number): string => {
  const last = new Date(Date.UTC(year, month, 0));
  last.setUTCDate(last.getUTCDate() - last.getUTCDay());
  return last.toISOString().slice(0, 10);
};
const daysBefore = (date: string, days: number): string =>
  new Date(Date.parse(date) - days * DAY_MS).toISOString().slice(0, 10);

/** Wall time and lead days; what it must come to in UTC. */
const times = (year: number): [string, object, string][] => {
  const [spring, autumn] = [lastSunday(year, 3), lastSunday(year, 10)];
  const at = (target_date: string, timezone?: string, lead_time_days = 0) => ({
    target_date,
    lead_time_days,
    ...(timezone && { timezone }),
  });
  return [
    ['a bare date is midnight, UTC', at(`${year}-05-10`), `${year}-05-10T00:00:00.000Z`],
    ['a zone makes it midnight there', at(`${year}-05-10`, 'Asia/Tokyo'), `${year}-05-09T15:00:00.000Z`],
    ['an offset wins', at(`${year}-05-10T09:00:00+02:00`, 'Asia/Tokyo'), `${year}-05-10T07:00:00.000Z`],
    [
      'lead days are calendar days across a change of clocks',
      at(`${daysBefore(spring, -2)}T09:00`, 'Europe/Berlin', 7),
      `${daysBefore(spring, 5)}T08:00:00.000Z`,
    ],
    ['a local time in the gap moves on', at(`${spring}T02:30`, 'Europe/Berlin'), `${spring}T01:30:00.000Z`],
    ['one in the overlap is the earlier', at(`${autumn}T02:30`, 'Europe/Berlin'), `${autumn}T00:30:00.000Z`],
    ['a fraction of a ms rounds up', at(`${year}-05-10T00:00:00.0000001Z`), `${year}-05-10T00:00:00.001Z`],
  ];
};

export const notifications = [
  check('created: 201 with Location and ETag, each channel pending; read back the same', async (service) => {
    const target_date = service.at(30 * DAY_MS);
    const input = given(service, {
      target_date,
      phone: '+14155550123',
      subject: 'Soon',
      data: { a: 1 },
      priority: 'bulk',
    });
    const answer = await post(service, input);
    expectStatus(answer, 201);
    const { body } = answer;
    equal(pathOf(answer.headers.get('location')), `${NOTIFICATIONS}${body.id}`);
    equal(answer.headers.get('etag'), `"${body.version}"`);
    const send_at = new Date(Date.parse(target_date) - 7 * DAY_MS).toISOString();
    const channel = { state: 'pending', attempts: 0, next_attempt_at: send_at };
    deepEqual([body.send_at, body.lead_time_days, body.attempts], [send_at, 7, []]);
    deepEqual(body.channels, { email: channel, sms: channel });
    for (const [name, value] of Object.entries(input)) deepEqual(body[name as keyof Notification], value, name);
    const read = await service.read(body.id);
    deepEqual([read.id, read.entity_id, read.version], [body.id, service.tag, body.version]);
  }),

  check('the client that must keep working: health, publish, list, create, cancel', async (service) => {
    const { api } = service;
    expectStatus(await api('GET', '/health'), 200);
    const event = await api<Event>('POST', EVENTS, {
      type: 'user.signup',
      payload: { user_id: 123, info: 'Test user' },
    });
    expectStatus(event, 201);
    ok(event.body.id, 'the event has no id');
    const list = await api<Event[]>('GET', `${EVENTS}?limit=10`);
    ok(Array.isArray(list.body) && list.body.length <= 10, `a list of 10: ${list.text.slice(0, 200)}`);
    // Python: (now + timedelta(days=10)).isoformat()
    const target_date = service.at(10 * DAY_MS).replace(/Z$/, '457+00:00');
    const created = await api<Notification>('POST', NOTIFICATIONS, {
      notification_type: 'user.signup',
      entity_id: 'user-123',
      target_date,
      lead_time_days: 7,
      email: 'user@example.com',
      phone: '9999912345',
    });
    expectStatus(created, 201);
    match(created.body.phone ?? '', /^\+\d+9999912345$/);
    const canceled = await api<Notification>('DELETE', `${NOTIFICATIONS}${created.body.id}`);
    deepEqual([canceled.status, canceled.body.status], [200, 'CANCELED']);
  }),

  check('times: zones, changes of clocks, lead days, fractions', async (service) => {
    const year = new Date(service.now()).getUTCFullYear() + 1;
    for (const [name, timing, sendAt] of times(year)) {
      const { status, body, text } = await post(service, given(service, timing));
      deepEqual([status, body.send_at], [201, sendAt], `${name}: ${status} ${body.send_at ?? text}, not ${sendAt}`);
    }
  }),

  check('far ahead it becomes SCHEDULED, and its version stays', async (service) => {
    const { id, version } = await service.create();
    const scheduled = await service.untilIs(id, 'SCHEDULED', { deadlineMs: SCHEDULED_WITHIN_MS });
    equal(scheduled.version, version);
    expectStatus(await patch(service, id, { send_at: service.at(20 * DAY_MS) }, { 'if-match': `"${version}"` }), 200);
  }),

  check(
    'the same Idempotency-Key and body: the record as it is now; another body: 422; another route: another key',
    async (service) => {
      const headers = { 'idempotency-key': service.tag };
      const input = given(service, { data: { a: 1, b: [1, 2] } });
      const first = await post(service, input, headers);
      const again = await post(
        service,
        JSON.stringify(Object.fromEntries(Object.entries(input).reverse()), null, 2),
        headers,
      );
      deepEqual([first.status, again.status, again.body.id], [201, 201, first.body.id]);
      deepEqual(
        [first, again].map((one) => one.headers.get('idempotent-replayed')),
        [null, 'true'],
      );
      const other = await post(service, { ...input, entity_id: `${service.tag}-2` }, headers);
      expectProblem(other, 'idempotency-key-reused', ['/header/idempotency-key']);
      const event = await service.api('POST', EVENTS, { type: 'a', source: service.tag, payload: {} }, { headers });
      deepEqual([event.status, event.headers.get('idempotent-replayed')], [201, null]);
      const canceled = await service.api('DELETE', `${NOTIFICATIONS}${first.body.id}`);
      const replay = await post(service, input, headers);
      deepEqual([replay.status, replay.body], [201, canceled.body]);
    },
  ),

  check(`${AT_ONCE} at once with one key are one notification`, async (service) => {
    const input = given(service);
    const headers = { 'idempotency-key': `${service.tag}-raced` };
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => post(service, input, headers)));
    deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
    equal(new Set(answers.map(({ body }) => body.id)).size, 1);
    const replayed = answers.filter((one) => one.headers.get('idempotent-replayed') === 'true');
    equal(replayed.length, AT_ONCE - 1, 'replays');
  }),

  check('rescheduled: merged over what was given; one form drops the other', async (service) => {
    const year = new Date(service.now()).getUTCFullYear() + 1;
    const input = given(service, { target_date: `${year}-06-01T09:00`, timezone: 'Europe/Berlin' });
    const { id } = (await post(service, input)).body;
    const lead = await patch(service, id, { lead_time_days: 3 });
    deepEqual([lead.status, lead.body.send_at], [200, `${year}-05-29T07:00:00.000Z`]);
    equal(lead.headers.get('etag'), `"${lead.body.version}"`);
    equal((await patch(service, id, { timezone: 'UTC' })).body.send_at, `${year}-05-29T09:00:00.000Z`);
    const at = await patch(service, id, { send_at: `${year}-07-01T00:00:00Z` });
    deepEqual(
      [at.body.send_at, at.body.target_date, at.body.lead_time_days],
      [`${year}-07-01T00:00:00.000Z`, undefined, undefined],
    );
    const target = await patch(service, id, { target_date: `${year}-08-10` });
    deepEqual([target.body.lead_time_days, target.body.send_at], [7, `${year}-08-03T00:00:00.000Z`]);
  }),

  check('If-Match: 200 with the present version, 412 with any other, and nothing changes', async (service) => {
    const { id, version } = (await post(service, given(service))).body;
    const first = await patch(service, id, { lead_time_days: 1 }, { 'if-match': `"${version}"` });
    expectStatus(first, 200);
    for (const tag of [`"${version}"`, `W/"${first.body.version}"`, '"two"']) {
      expectProblem(await patch(service, id, { lead_time_days: 2 }, { 'if-match': tag }), 'precondition-failed');
    }
    const { lead_time_days, version: now } = await service.read(id);
    deepEqual([lead_time_days, now], [1, first.body.version]);
  }),

  check('a change that is not valid is 400, and nothing changes', async (service) => {
    const before = (await post(service, given(service, { body: 'For {{name}}', data: { name: 'Ann' } }))).body;
    const bad: [object, string[]][] = [
      [{}, ['']],
      [{ entity_id: 'other', lead_time_days: 1 }, ['/entity_id']],
      [{ target_date: service.at(DAY_MS), send_at: service.at(DAY_MS) }, ['/send_at']],
      [{ target_date: `${new Date(service.now()).getUTCFullYear() + 1}-02-30` }, ['/target_date']],
      [{ send_at: service.at(-DAY_MS) }, ['/send_at']],
      [{ timezone: 'Nowhere/Land' }, ['/timezone']],
      [{ target_date: null }, ['/target_date']],
      [{ email: null }, ['/email']],
      [{ phone: '12', webhook_url: 'nowhere' }, ['/phone', '/webhook_url']],
      [{ endpoint_id: `end_${'0'.repeat(26)}` }, ['/endpoint_id']],
      [{ data: { name: null } }, ['/body']],
      [{ lead_time_days: 365, if_past: 'reject' }, ['/target_date']],
    ];
    for (const [body, pointers] of bad) {
      expectProblem(await patch(service, before.id, body), 'validation-failed', pointers);
    }
    const after = await service.read(before.id);
    deepEqual([after.send_at, after.data, after.version], [before.send_at, before.data, before.version]);
  }),

  check('changed: text, recipients and values, merged as RFC 7396 says; what is null goes', async (service) => {
    const webhook_url = 'https://hooks.example.com/';
    const input = given(service, { subject: 'A', data: { a: 1, b: { c: 1, d: 2 } }, webhook_url });
    const { id, send_at } = (await post(service, input)).body;
    const change = {
      subject: null,
      data: { a: null, b: { c: null, e: [3] } },
      phone: '+14155550123',
      webhook_url: null,
    };
    const { status, body, headers } = await patch(service, id, change, {
      'content-type': 'application/merge-patch+json',
    });
    deepEqual([status, body.send_at, headers.get('etag')], [200, send_at, `"${body.version}"`]);
    deepEqual(body.data, { b: { d: 2, e: [3] } });
    deepEqual([body.subject, body.webhook_url, body.phone], [undefined, undefined, '+14155550123']);
    deepEqual(Object.keys(body.channels), ['email', 'sms']);
    const after = await service.read(id);
    deepEqual([after.data, after.phone, after.version], [body.data, body.phone, body.version]);
  }),

  check('past its time while its target is ahead: sent, skipped or rejected, as if_past says', async (service) => {
    const late = { target_date: service.at(DAY_MS), lead_time_days: 7 };
    const skipped = (await post(service, given(service, { ...late, if_past: 'skip' }))).body;
    deepEqual([skipped.status, skipped.status_reason, skipped.channels.email?.state], ['CANCELED', 'past', 'stopped']);
    expectProblem(await post(service, given(service, { ...late, if_past: 'reject' })), 'validation-failed', [
      '/target_date',
    ]);
    const { id } = (await post(service, given(service, { if_past: 'skip' }))).body;
    const moved = await patch(service, id, { lead_time_days: 365 });
    deepEqual([moved.status, moved.body.status, moved.body.status_reason], [200, 'CANCELED', 'past']);
  }),

  check('canceled or stopped before its time: CANCELED, channels stopped, the same when repeated', async (service) => {
    for (const [method, suffix] of [
      ['DELETE', ''],
      ['POST', '/stop'],
    ] as const) {
      const { id } = (await post(service, given(service))).body;
      const path = `${NOTIFICATIONS}${id}${suffix}`;
      const [first, again] = [
        await service.api<Notification>(method, path),
        await service.api<Notification>(method, path),
      ];
      deepEqual([first.status, first.body.status, again.status], [200, 'CANCELED', 200], `${method} ${path}`);
      equal(first.body.channels.email?.state, 'stopped');
      deepEqual(again.body, first.body, 'repeating it repeats the answer');
    }
  }),

  check('a notification that is not there is 404, whatever is asked of it', async ({ api }) => {
    for (const id of [`ntf_${'0'.repeat(26)}`, 'ntf_1', `evt_${'0'.repeat(26)}`, 'a'.repeat(300)]) {
      const path = `${NOTIFICATIONS}${id}`;
      expectProblem(await api('GET', path), 'not-found');
      expectProblem(await api('DELETE', path), 'not-found');
      expectProblem(await api('PATCH', path, { lead_time_days: 1 }), 'not-found');
      expectProblem(await api('POST', `${path}/stop`), 'not-found');
      expectProblem(await api('POST', `${path}/retry/`), 'not-found');
    }
  }),
];
