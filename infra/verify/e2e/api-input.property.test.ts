/**
 * Whatever is sent, as long as it is HTTP: never a 5xx, never a half-written record, never a word
 * of the inside.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { request } from '../kit/client.ts';
import type { ProblemBody } from '../kit/problem.ts';
import { expectProblem, useTestStack } from '../kit/vitest.ts';

const stack = useTestStack();

const KEYS = [
  'notification_type',
  'entity_id',
  'send_at',
  'target_date',
  'lead_time_days',
  'timezone',
  'email',
  'phone',
  'webhook_url',
  'subject',
  'body',
  'data',
  'type',
  'payload',
  'id',
  'source',
  'time',
  'kind',
  'since',
  'until',
  'specversion',
];
const HOSTILE = [
  '2027-01-01',
  '2027-02-30T00:00:00Z',
  '9999-12-31T23:59:59.999999999Z',
  '-271821-04-20',
  '+14155550123',
  'Europe/Berlin',
  'user.signup',
  'a@example.com',
  'https://example.com/',
  'http://[::1',
  '{{{{a}}',
  '{{a.b.c}}',
  '\u0000',
  '\ud800',
  '\u202e',
  '%00',
  "' OR 1=1 --",
  '<%= 7 %>',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '1.0',
];

const scalar = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, 1e308, 2 ** 53, null, true, false),
);
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    {
      weight: 1,
      arbitrary: fc.dictionary(fc.oneof(fc.constantFrom(...KEYS, ...HOSTILE), fc.string()), tie('value'), {
        maxKeys: 5,
      }),
    },
  ),
})).value;

const VALID: Record<string, Record<string, unknown>> = {
  notifications: {
    notification_type: 'user.signup',
    entity_id: 'e',
    target_date: '2027-06-01',
    lead_time_days: 3,
    email: 'a@example.com',
  },
  events: { type: 'user.signup', payload: { user_id: 1, email: 'a@example.com' } },
  'dead-letters/redrive': { dry_run: true },
};
/** Something valid of which some members were replaced, or anything at all. */
const bodyOf = (route: string) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 3 })
        .map((change) => ({ ...VALID[route], ...change })),
    },
    { weight: 1, arbitrary: value },
  );
const routed = fc.constantFrom(...Object.keys(VALID)).chain((route) => bodyOf(route).map((body) => ({ route, body })));
const contentType = fc.constantFrom(
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
);

const expectHonest = (answer: Awaited<ReturnType<typeof request>>): void => {
  expect(answer.status, answer.text).toBeLessThan(500);
  if (answer.status >= 400) expectProblem(answer, (answer.body as unknown as ProblemBody).code as 'validation-failed');
};
/** Sent by tens at once: the order does not matter, and time does. */
const AT_ONCE = 10;

test('any JSON in any body is taken or refused', async () => {
  const batch = fc.array(fc.tuple(routed, contentType), { minLength: AT_ONCE, maxLength: AT_ONCE });
  await fc.assert(
    fc.asyncProperty(batch, async (all) => {
      const answers = await Promise.all(
        all.map(([{ route, body }, type]) =>
          stack.api('POST', `/api/v1/${route}`, JSON.stringify(body), { 'content-type': type }),
        ),
      );
      for (const answer of answers) expectHonest(answer);
    }),
    { numRuns: 25 },
  );
});

test('any query and any id are understood or refused', async () => {
  const text = fc.oneof(
    fc.constantFrom(...HOSTILE.filter((one) => one.isWellFormed())),
    fc.string({ unit: 'binary', maxLength: 20 }).map((one) => one.toWellFormed()),
  );
  const name = fc.constantFrom(
    'limit',
    'cursor',
    'status',
    'entity_id',
    'notification_type',
    'type',
    'source',
    'since',
    'until',
    'due_after',
    'kind',
  );
  const url = fc.oneof(
    fc
      .tuple(fc.constantFrom('notifications', 'events', 'dead-letters'), fc.dictionary(name, text, { maxKeys: 3 }))
      .map(([list, query]) => `${list}?${new URLSearchParams(query)}`),
    fc
      .tuple(fc.constantFrom('notifications', 'events', 'dead-letters/redrive'), text)
      .map(([noun, id]) => `${noun}/${encodeURIComponent(id)}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(url, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (urls) => {
      for (const answer of await Promise.all(urls.map((one) => stack.api('GET', `/api/v1/${one}`))))
        expectHonest(answer);
    }),
    { numRuns: 15 },
  );
});

test('what was taken meanwhile can be read and listed, page by page', async () => {
  for (const list of ['notifications', 'events']) {
    let next: string | undefined = `/api/v1/${list}?limit=100`;
    while (next) {
      const answer: Awaited<ReturnType<typeof stack.api<{ id: string }[]>>> = await stack.api<{ id: string }[]>(
        'GET',
        next,
      );
      expect(answer.status).toBe(200);
      const reads = await Promise.all(answer.body.map(({ id }) => stack.api('GET', `/api/v1/${list}/${id}`)));
      expect(reads.every(({ status }) => status === 200)).toBe(true);
      next = answer.headers.get('link')?.slice(1).split('>')[0];
    }
  }
});
