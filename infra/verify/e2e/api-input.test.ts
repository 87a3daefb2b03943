/**
 * Everything here is refused: at the end nothing is stored, nothing was sent, and every refusal was
 * a problem document.
 */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { makeConformance, type OpenApiDocument } from '../kit/openapi-conformance.ts';
import { expectErrors, expectProblem, useTestStack } from '../kit/vitest.ts';

const conformance = makeConformance();
/** As a deployed stack is: private addresses and plain http are no targets. */
const env = { WEBHOOK_ALLOW_PRIVATE: 'false', WEBHOOK_ALLOW_HTTP: 'false' };
const stack = useTestStack({ env, onAnswer: conformance.onAnswer });

const NOTIFICATIONS = '/api/v1/notifications/';
const EVENTS = '/api/v1/events/';
const MINUTE_MS = 60_000;
const fromNow = (ms: number): string => new Date(Date.now() + ms).toISOString();
const yearsAhead = (years: number): string => {
  const date = new Date(Date.now() + 2 * MINUTE_MS);
  date.setUTCFullYear(date.getUTCFullYear() + years);
  return date.toISOString();
};
const notification = () => ({
  notification_type: 'user.signup',
  entity_id: 'user-1',
  send_at: fromNow(60 * MINUTE_MS),
  email: 'user@example.com',
});
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(notification()).filter(([name]) => !names.includes(name)));
const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
const LATE = fromNow(-5 * MINUTE_MS - 2_000);

/** What is wrong, the body, and the members that the answer must name. */
const badNotifications: [string, unknown, string[]][] = [
  ['no channel', without('email'), ['/email']],
  ['an unknown field', { ...notification(), colour: 'red' }, ['/colour']],
  ['a field of ours that is not theirs', { ...notification(), id: 'ntf_1', status: 'SENT' }, ['/id', '/status']],
  ['an unparsable time', { ...notification(), send_at: 'tomorrow' }, ['/send_at']],
  ['an empty time', { ...notification(), send_at: '' }, ['/send_at']],
  ['a time that is a number', { ...notification(), send_at: 1_893_456_000 }, ['/send_at']],
  ['a time that is null', { ...notification(), send_at: null }, ['/send_at']],
  ['30 February', { ...notification(), send_at: '2027-02-30T00:00:00Z' }, ['/send_at']],
  ['25 o’clock', { ...notification(), send_at: '2027-01-01T25:00:00Z' }, ['/send_at']],
  ['a leap second', { ...notification(), send_at: '2027-06-30T23:59:60Z' }, ['/send_at']],
  ['an offset of 99 hours', { ...notification(), send_at: '2027-01-01T00:00:00+99:00' }, ['/send_at']],
  ['29 February of a common year', { ...without('send_at'), target_date: '2027-02-29' }, ['/target_date']],
  ['an unknown zone', { ...notification(), timezone: 'Mars/Olympus' }, ['/timezone']],
  ['an offset for a zone', { ...notification(), timezone: '+02:00' }, ['/timezone']],
  ['an empty zone', { ...notification(), timezone: '' }, ['/timezone']],
  ['a negative lead', { ...without('send_at'), target_date: '2027-06-01', lead_time_days: -1 }, ['/lead_time_days']],
  ['an absurd lead', { ...without('send_at'), target_date: '2027-06-01', lead_time_days: 3651 }, ['/lead_time_days']],
  ['half a day', { ...without('send_at'), target_date: '2027-06-01', lead_time_days: 0.5 }, ['/lead_time_days']],
  ['a lead in words', { ...without('send_at'), target_date: '2027-06-01', lead_time_days: '7' }, ['/lead_time_days']],
  ['both forms of time', { ...notification(), target_date: '2027-06-01' }, ['/send_at']],
  ['no time', without('send_at'), ['/target_date']],
  ['a lead alone', { ...without('send_at'), lead_time_days: 3 }, ['/target_date']],
  ['a lead with send_at', { ...notification(), lead_time_days: 3 }, ['/lead_time_days']],
  ['a target in the past', { ...without('send_at'), target_date: LATE }, ['/target_date']],
  [
    'a target in the past, without lead',
    { ...without('send_at'), target_date: LATE, lead_time_days: 0 },
    ['/target_date'],
  ],
  ['a send_at in the past', { ...notification(), send_at: LATE }, ['/send_at']],
  ['a year of two digits', { ...notification(), send_at: '0027-01-01T00:00:00Z' }, ['/send_at']],
  ['more than 10 years ahead', { ...notification(), send_at: yearsAhead(10) }, ['/send_at']],
  [
    'a target more than 10 years ahead',
    { ...without('send_at'), target_date: yearsAhead(10), lead_time_days: 3650 },
    ['/target_date'],
  ],
  ['the year 9999', { ...notification(), send_at: '9999-12-31T23:59:59Z' }, ['/send_at']],
  ['letters for a phone', { ...notification(), phone: 'call me' }, ['/phone']],
  ['too few digits', { ...notification(), phone: '12' }, ['/phone']],
  ['too many digits', { ...notification(), phone: `+1${'5'.repeat(20)}` }, ['/phone']],
  ['a phone with an extension', { ...notification(), phone: '+14155550123 ext. 5' }, ['/phone']],
  ['an e-mail without @', { ...notification(), email: 'no-address' }, ['/email']],
  ['an e-mail with two', { ...notification(), email: 'a@b@example.com' }, ['/email']],
  ['an e-mail that injects a header', { ...notification(), email: 'a@example.com\r\nBcc: b@example.com' }, ['/email']],
  ['an e-mail that is too long', { ...notification(), email: `${'a'.repeat(250)}@example.com` }, ['/email']],
  ['an empty e-mail', { ...notification(), email: '' }, ['/email']],
  ['a null e-mail', { ...notification(), email: null }, ['/email']],
  ['no URL', { ...notification(), webhook_url: 'not a url' }, ['/webhook_url']],
  ['another scheme', { ...notification(), webhook_url: 'ftp://example.com/hook' }, ['/webhook_url']],
  ['a script for a URL', { ...notification(), webhook_url: 'javascript:alert(1)' }, ['/webhook_url']],
  ['a URL with credentials', { ...notification(), webhook_url: 'https://user:secret@example.com/' }, ['/webhook_url']],
  [
    'a URL that is too long',
    { ...notification(), webhook_url: `https://example.com/${'a'.repeat(2048)}` },
    ['/webhook_url'],
  ],
  ['no type', without('notification_type'), ['/notification_type']],
  ['a type in upper case', { ...notification(), notification_type: 'User Signup' }, ['/notification_type']],
  ['no entity', without('entity_id'), ['/entity_id']],
  ['an empty entity', { ...notification(), entity_id: '' }, ['/entity_id']],
  ['a numeric entity', { ...notification(), entity_id: 7 }, ['/entity_id']],
  ['a control character', { ...notification(), subject: 'a\u0000b' }, ['/subject']],
  ['a subject that is too long', { ...notification(), subject: 'a'.repeat(201) }, ['/subject']],
  ['a body that is too long', { ...notification(), body: 'a'.repeat(65_537) }, ['/body']],
  ['data that is a list', { ...notification(), data: [1] }, ['/data']],
  ['data too deep', { ...notification(), data: nested(70) }, ['']],
  ['a prototype', `{"notification_type":"custom","data":{"__proto__":{"a":1}}}`, ['/data/__proto__']],
  ['half a surrogate pair', '{"entity_id":"\\ud800"}', ['/entity_id']],
  ['infinity', '{"data":{"a":1e999}}', ['/data/a']],
  ['a list', [notification()], ['']],
  ['a word', '"hello"', ['']],
  ['null', 'null', ['']],
];

test.concurrent.each(badNotifications)('POST /notifications/ 400: %s', async (_name, body, pointers) => {
  const problem = expectErrors(await stack.api('POST', NOTIFICATIONS, body), 'validation-failed', pointers);
  // The rule is said, and in words that do not repeat what was sent.
  for (const { detail } of problem.errors ?? []) expect(detail).toMatch(/^(must|is|at least|target_date)/);
});

test.concurrent('POST /notifications/ 400: everything that is wrong is said at once', async () => {
  const body = { notification_type: 'X', entity_id: '', email: 'no-address', lead_time_days: -1, colour: 1 };
  const { errors } = expectProblem(await stack.api('POST', NOTIFICATIONS, body), 'validation-failed');
  const pointers = errors?.map(({ pointer }) => pointer) ?? [];
  expect(pointers.sort()).toEqual([
    '/colour',
    '/email',
    '/entity_id',
    '/lead_time_days',
    '/notification_type',
    '/target_date',
  ]);
});

/** Private, local and metadata addresses in every notation. */
test.concurrent.each([
  'http://example.com/hook',
  'https://127.0.0.1/',
  'https://localhost/',
  'https://10.0.0.1/hook',
  'https://192.168.1.1/',
  'https://172.16.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://[::1]/',
  'https://[fd00::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[64:ff9b::a00:1]/',
  'https://0x7f000001/',
  'https://2130706433/',
  'https://0177.0.0.1/',
  'https://100.64.0.1/',
  'https://0.0.0.0/',
])('POST /notifications/ 400: %s is no target', async (webhook_url) => {
  const answer = await stack.api('POST', NOTIFICATIONS, { ...notification(), webhook_url });
  expectErrors(answer, 'validation-failed', ['/webhook_url']);
});

const badEvents: [string, unknown, string[]][] = [
  ['no type', { payload: {} }, ['/type']],
  ['no payload', { type: 'user.signup' }, ['/payload']],
  ['a payload that is a word', { type: 'user.signup', payload: 'x' }, ['/payload']],
  ['a payload that is null', { type: 'user.signup', payload: null }, ['/payload']],
  ['an unknown field', { type: 'user.signup', payload: {}, user: 1 }, ['/user']],
  ['a type with blanks', { type: 'user signup', payload: {} }, ['/type']],
  ['an empty id', { type: 'user.signup', payload: {}, id: '' }, ['/id']],
  ['a numeric id', { type: 'user.signup', payload: {}, id: 5 }, ['/id']],
  ['an id that is too long', { type: 'user.signup', payload: {}, id: 'a'.repeat(257) }, ['/id']],
  ['an impossible time', { type: 'user.signup', payload: {}, time: '2027-13-01T00:00:00Z' }, ['/time']],
  ['a prototype', '{"type":"a","payload":{"constructor":{"prototype":1}}}', ['/payload/constructor/prototype']],
  ['a list', [], ['']],
];

test.concurrent.each(badEvents)('POST /events/ 400: %s', async (_name, body, pointers) => {
  expectErrors(await stack.api('POST', EVENTS, body), 'validation-failed', pointers);
});

const event = { specversion: '1.0', id: '1', source: '/here', type: 'com.example.done' };
const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };
const BINARY = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/here', 'ce-type': 'com.example.done' };
const badCloudEvents: [string, unknown, Record<string, string>, string[]][] = [
  ['another version', { ...event, specversion: '0.3' }, STRUCTURED, ['/specversion']],
  ['no id', { ...event, id: undefined }, STRUCTURED, ['/id']],
  ['data that is text', { ...event, data: 'x' }, STRUCTURED, ['/data']],
  ['data twice', { ...event, data: {}, data_base64: 'e30=' }, STRUCTURED, ['/data_base64']],
  ['base64 of no JSON', { ...event, data_base64: 'AAAA' }, STRUCTURED, ['/data_base64']],
  ['an attribute in upper case', { ...event, traceParent: 'x' }, STRUCTURED, ['/traceParent']],
  ['a time without offset', { ...event, time: '2027-01-01T00:00:00' }, STRUCTURED, ['/time']],
  ['a list', [event], STRUCTURED, ['']],
  ['no list', event, BATCH, ['']],
  ['26 events', Array.from({ length: 26 }, (_, at) => ({ ...event, id: `${at}` })), BATCH, ['']],
  ['one bad among good', [event, { ...event, id: '2', type: '' }, { ...event, id: '3' }], BATCH, ['/1/type']],
  ['one id with two contents', [event, { ...event, data: { a: 1 } }], BATCH, ['/1/id']],
  ['a header without value', {}, { ...BINARY, 'ce-id': '' }, ['/header/ce-id']],
  ['a header with a broken escape', {}, { ...BINARY, 'ce-subject': '%zz' }, ['/header/ce-subject']],
  ['a missing header', {}, { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-type': 'a' }, ['/header/ce-source']],
];

test.concurrent.each(badCloudEvents)('POST /events/ 400, CloudEvents: %s', async (_name, body, headers, pointers) => {
  expectErrors(await stack.api('POST', EVENTS, body, headers), 'validation-failed', pointers);
});

const REDRIVE = '/api/v1/dead-letters/redrive';
test.concurrent.each<[string, unknown, string[]]>([
  ['an unknown kind', { kind: 'zombie' }, ['/kind']],
  ['an unknown filter', { status: 'FAILED' }, ['/status']],
  ['no time', { since: 'yesterday' }, ['/since']],
  ['the wrong order', { since: '2027-01-02', until: '2027-01-01' }, ['/until']],
  ['no speed', { per_second: 0 }, ['/per_second']],
  ['too fast', { per_second: 501 }, ['/per_second']],
  ['half a flag', { dry_run: 'yes' }, ['/dry_run']],
])('POST /dead-letters/redrive 400: %s', async (_name, body, pointers) => {
  expectErrors(await stack.api('POST', REDRIVE, body), 'validation-failed', pointers);
});

test.concurrent.each([NOTIFICATIONS, EVENTS, REDRIVE])(
  'POST %s answers 400 for broken JSON, 413 and 415',
  async (path) => {
    const post = (body: unknown, headers: Record<string, string> = {}) => stack.api('POST', path, body, headers);
    for (const text of ['{', '{"a":1,}', "{'a':1}", 'nonsense', new Uint8Array([0x7b, 0xff, 0x7d])]) {
      expectProblem(await post(text), 'malformed-json');
    }
    for (const type of [
      'text/plain',
      'application/xml',
      'application/json; charset=latin1',
      'application/x-www-form-urlencoded',
    ]) {
      expectProblem(await post('{}', { 'content-type': type }), 'unsupported-media-type');
    }
    const packed = new Uint8Array(gzipSync('{}'));
    expectProblem(await post(packed, { 'content-encoding': 'gzip' }), 'unsupported-media-type');
    const large = { notification_type: 'user.signup', data: { text: 'a'.repeat(262_144) } };
    expectProblem(await post(large), 'payload-too-large');
    // Beyond what a server would read at all: still answered, not cut off.
    expectProblem(await post('a'.repeat(2_000_000)), 'payload-too-large');
  },
);

test.concurrent.each([NOTIFICATIONS, EVENTS])('POST %s 400: without a body', async (path) => {
  expectProblem(await stack.api('POST', path), 'malformed-json');
});

test.concurrent.each([NOTIFICATIONS, EVENTS, REDRIVE])('POST %s 400: a key that cannot be kept', async (path) => {
  const body = path === EVENTS ? { type: 'a', payload: {} } : path === REDRIVE ? {} : notification();
  for (const key of ['a'.repeat(256), 'é']) {
    const answer = await stack.api('POST', path, body, { 'idempotency-key': key });
    expectErrors(answer, 'validation-failed', ['/header/idempotency-key']);
  }
});

const LISTS = [NOTIFICATIONS, EVENTS, '/api/v1/dead-letters/'];
const badQueries: [string, string][] = [
  ['limit=0', '/query/limit'],
  ['limit=101', '/query/limit'],
  ['limit=-1', '/query/limit'],
  ['limit=1.5', '/query/limit'],
  ['limit=ten', '/query/limit'],
  ['limit=', '/query/limit'],
  ['limit=1&limit=2', '/query/limit'],
  ['colour=red', '/query/colour'],
  ['limit=%zz', '/query/limit'],
  ['page=2', '/query/page'],
];

test.concurrent.each(LISTS)('GET %s 400: parameters', async (path) => {
  await Promise.all(
    badQueries.map(async ([query, pointer]) =>
      expectErrors(await stack.api('GET', `${path}?${query}`), 'validation-failed', [pointer]),
    ),
  );
});

test.concurrent.each([
  [NOTIFICATIONS, 'status=DONE'],
  [NOTIFICATIONS, 'due_after=soon'],
  [NOTIFICATIONS, 'due_before=2027-02-30'],
  [EVENTS, 'since=yesterday'],
  [EVENTS, 'until=2027-01-01T00:00:00+02:00'], // "+" is a blank in a query
  ['/api/v1/dead-letters/', 'kind=zombie'],
  ['/api/v1/dead-letters/', 'since=x'],
])('GET %s?%s 400', async (path, query) => {
  expectErrors(await stack.api('GET', `${path}?${query}`), 'validation-failed', [`/query/${query.split('=')[0]}`]);
});

test.concurrent.each(LISTS)('GET %s 400: a cursor that is none of ours', async (path) => {
  for (const cursor of ['x', 'AAAA', 'a'.repeat(500), '', 'bnRmXzE%3D']) {
    expectErrors(await stack.api('GET', `${path}?cursor=${cursor}`), 'invalid-cursor', ['/query/cursor']);
  }
  expectErrors(await stack.api('GET', `${path}?cursor=${'a'.repeat(1025)}`), 'validation-failed', ['/query/cursor']);
});

test('nothing of all that was written, sent, or cost more than an answer', async () => {
  const [notifications, events, letters] = await Promise.all(LISTS.map((path) => stack.api('GET', path)));
  expect([notifications?.body, events?.body, letters?.body]).toEqual([[], [], []]);
  expect(await stack.processes.inbox()).toEqual([]);
  expect((await stack.api('GET', '/health')).status).toBe(200);
});

test('every answer is as /openapi.json says', async () => {
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  expect(conformance.differences(body)).toEqual([]);
});
