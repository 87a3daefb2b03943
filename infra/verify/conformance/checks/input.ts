/** What is refused: by name of the field, as a problem, with nothing written. */
import { deepEqual, ok } from 'node:assert/strict';
import { inGroup } from '../check.ts';
import { expectProblem } from '../expect.ts';
import { DAY_MS, type Service } from '../service.ts';
import { EVENTS, type Event, LETTERS, NOTIFICATIONS, type Notification } from '../shapes.ts';

const check = inGroup('input');

const LATE_MS = -5 * 60_000 - 10_000;
const BODY_TOO_LARGE = 300_000;
const CREATES = [NOTIFICATIONS, EVENTS];
const LISTS = [NOTIFICATIONS, EVENTS, LETTERS];

/** What is changed in a valid notification, and the members that the answer must name. */
const badNotifications = (service: Service): [object, string[]][] => {
  const timing = (more: object) => ({ send_at: undefined, ...more });
  const year = new Date(service.now()).getUTCFullYear() + 1;
  const target_date = service.at(20 * DAY_MS);
  return [
    [{ email: undefined }, ['/email']],
    [{ colour: 'red' }, ['/colour']],
    [{ id: 'ntf_1', status: 'SENT' }, ['/id', '/status']],
    [{ send_at: 'tomorrow' }, ['/send_at']],
    [{ send_at: 1_893_456_000 }, ['/send_at']],
    [{ send_at: null }, ['/send_at']],
    [{ send_at: `${year}-02-30T00:00:00Z` }, ['/send_at']],
    [{ send_at: service.at(LATE_MS) }, ['/send_at']],
    [{ send_at: service.at(11 * 366 * DAY_MS) }, ['/send_at']],
    [timing({ target_date: service.at(LATE_MS) }), ['/target_date']],
    [timing({ target_date: service.at(11 * 366 * DAY_MS), lead_time_days: 3650 }), ['/target_date']],
    [timing({}), ['/target_date']],
    [timing({ target_date, lead_time_days: -1 }), ['/lead_time_days']],
    [timing({ target_date, lead_time_days: 3651 }), ['/lead_time_days']],
    [timing({ target_date, lead_time_days: 0.5 }), ['/lead_time_days']],
    [timing({ target_date, lead_time_days: '7' }), ['/lead_time_days']],
    [{ target_date }, ['/send_at']],
    [{ lead_time_days: 3 }, ['/lead_time_days']],
    [{ timezone: 'Mars/Olympus' }, ['/timezone']],
    [{ timezone: '+02:00' }, ['/timezone']],
    [{ send_at: `${year}-06-01T09:00+05:00[Europe/Berlin]` }, ['/send_at']],
    [{ send_at: `${year}-06-01T09:00[Europe/Berlin]`, timezone: 'Asia/Tokyo' }, ['/timezone']],
    ...['2 hours', 'P1M', 'PT0.5S', 'P367D', 7_200].map((text): [object, string[]] => [
      { expires_after: text },
      ['/expires_after'],
    ]),
    [{ window: { from: '09:00', until: '09:00' } }, ['/window/until']],
    [{ window: { from: '9:00', until: '24:00' } }, ['/window/from', '/window/until']],
    [{ window: { from: '09:00' } }, ['/window/until']],
    [{ window: { from: '09:00', until: '18:00', days: ['monday'] } }, ['/window/days/0']],
    [{ window: { from: '09:00', until: '18:00', timezone: 'Mars/Olympus' } }, ['/window/timezone']],
    [
      { window: { from: '09:00', until: '18:00', outside: 'wait', colour: 'red' } },
      ['/window/outside', '/window/colour'],
    ],
    [{ phone: 'call me' }, ['/phone']],
    [{ phone: '12' }, ['/phone']],
    [{ phone: ' 14155550123' }, ['/phone']],
    [{ phone: '+14155550123, +14155550124' }, ['/phone']],
    [{ email: 'no-address' }, ['/email']],
    [{ email: '"a b"@example.com' }, ['/email']],
    [{ email: 'a@example.com\r\nBcc: b@example.com' }, ['/email']],
    [{ webhook_url: 'not a url' }, ['/webhook_url']],
    [{ webhook_url: 'ftp://example.com/hook' }, ['/webhook_url']],
    [{ webhook_url: 'https://user:secret@example.com/' }, ['/webhook_url']],
    [{ notification_type: 'User Signup' }, ['/notification_type']],
    [{ notification_type: undefined }, ['/notification_type']],
    [{ entity_id: '' }, ['/entity_id']],
    [{ entity_id: 7 }, ['/entity_id']],
    [{ subject: 'a\u0000b' }, ['/subject']],
    [{ data: [1] }, ['/data']],
    [{ priority: 'urgent' }, ['/priority']],
    [{ priority: null }, ['/priority']],
    [{ body: undefined }, ['/body']],
    [{ body: 'Hi {{name}}' }, ['/body']],
    [{ subject: '{{target_date}}' }, ['/subject']],
  ];
};

/** As above, of a valid event. */
const badEvents: [object, string[]][] = [
  [{ type: undefined }, ['/type']],
  [{ type: 7 }, ['/type']],
  [{ payload: undefined }, ['/payload']],
  [{ payload: [1] }, ['/payload']],
  [{ payload: 'text' }, ['/payload']],
  [{ id: '' }, ['/id']],
  [{ time: 'soon' }, ['/time']],
  [{ colour: 'red' }, ['/colour']],
];

const badQueries: [query: string, pointer: string][] = [
  ['limit=0', '/query/limit'],
  ['limit=101', '/query/limit'],
  ['limit=ten', '/query/limit'],
  ['colour=red', '/query/colour'],
];

const expectNothingStored = async ({ api, tag }: Service): Promise<void> => {
  const made = await api<Notification[]>('GET', `${NOTIFICATIONS}?entity_id=${tag}`);
  const published = await api<Event[]>('GET', `${EVENTS}?source=${tag}`);
  deepEqual([made.body, published.body], [[], []], 'something of what was refused is stored');
};

export const input = [
  check('a notification that breaks a rule is a 400 that names the field, and nothing is stored', async (service) => {
    const valid = {
      notification_type: service.type,
      entity_id: service.tag,
      send_at: service.at(20 * DAY_MS),
      email: 'user@example.com',
      body: 'Hello',
    };
    for (const [change, pointers] of badNotifications(service)) {
      const answer = await service.api('POST', NOTIFICATIONS, { ...valid, ...change });
      const what = JSON.stringify(change, (_, value) => (value === undefined ? 'absent' : value));
      ok(answer.status === 400, `${what}: ${answer.status} instead of 400`);
      const { errors = [] } = expectProblem(answer, 'validation-failed', pointers);
      for (const { detail } of errors) ok(detail.length > 0, `${what}: the rule is not said`);
    }
    await expectNothingStored(service);
  }),

  check('an event that breaks a rule is a 400 that names the field, and nothing is stored', async (service) => {
    const valid = { type: 'a.b', source: service.tag, payload: {} };
    for (const [change, pointers] of badEvents) {
      expectProblem(await service.api('POST', EVENTS, { ...valid, ...change }), 'validation-failed', pointers);
    }
    await expectNothingStored(service);
  }),

  check('what is no JSON, of another type, or too large is distinguished', async ({ api }) => {
    for (const path of CREATES) {
      for (const body of ['{', '', 'hello', '{"a":1}}']) {
        expectProblem(await api('POST', path, body), 'malformed-json');
      }
      expectProblem(await api('POST', path, '[]'), 'validation-failed');
      for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
        const answer = await api('POST', path, '{}', { headers: { 'content-type': type } });
        expectProblem(answer, 'unsupported-media-type');
      }
      expectProblem(await api('POST', path, { data: 'a'.repeat(BODY_TOO_LARGE) }), 'payload-too-large');
    }
  }),

  check('an Idempotency-Key that cannot be kept is a 400, and nothing is stored', async (service) => {
    const event = { type: 'a', source: service.tag, payload: {} };
    const headers = { 'idempotency-key': 'a'.repeat(256) };
    const answer = await service.api('POST', EVENTS, event, { headers });
    expectProblem(answer, 'validation-failed', ['/header/idempotency-key']);
    await expectNothingStored(service);
  }),

  check('a query that breaks a rule is a 400 that names the parameter', async ({ api }) => {
    for (const path of LISTS) {
      for (const [query, pointer] of badQueries) {
        expectProblem(await api('GET', `${path}?${query}`), 'validation-failed', [pointer]);
      }
      for (const cursor of ['x', 'a'.repeat(500)]) {
        expectProblem(await api('GET', `${path}?cursor=${cursor}`), 'invalid-cursor', ['/query/cursor']);
      }
    }
    expectProblem(await api('GET', `${NOTIFICATIONS}?status=DONE`), 'validation-failed', ['/query/status']);
    expectProblem(await api('GET', `${NOTIFICATIONS}?status=SENT,`), 'validation-failed', ['/query/status']);
    expectProblem(await api('GET', `${NOTIFICATIONS}?due_after=soon`), 'validation-failed', ['/query/due_after']);
    expectProblem(await api('GET', `${EVENTS}?since=yesterday`), 'validation-failed', ['/query/since']);
    expectProblem(await api('GET', `${LETTERS}?kind=zombie`), 'validation-failed', ['/query/kind']);
  }),
];
