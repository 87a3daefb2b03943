/**
 * PATCH, DELETE, stop and retry in every state that a notification can be in: the table of
 * functions/README.md, "Notifications".
 */
import { expect, test } from 'vitest';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import type { Answer } from '../kit/client.ts';
import { makeConformance, type OpenApiDocument } from '../kit/openapi-conformance.ts';
import { DAY_MS } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { expectProblem, useTestStack } from '../kit/vitest.ts';

const conformance = makeConformance();
/** Whatever is in flight or waits to be tried again does so for longer than it is looked at. */
const env = { RETRY_SCHEDULE: '0,600', CHANNEL_TIMEOUT_MS: '19000' };
const stack = useTestStack({ env, onAnswer: conformance.onAnswer });

const PATH = '/api/v1/notifications/';
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

let held: (() => void)[] = [];
/** A notification by webhook, to a path of its own with this behavior. */
const to = async (behaviour: number | 'held'): Promise<NotificationView> => {
  const path = `/${crypto.randomUUID()}`;
  stack.receiver.behave(path, () =>
    behaviour === 'held' ? new Promise((resolve) => held.push(() => resolve(200))) : behaviour,
  );
  return stack.create({ webhook_url: stack.receiver.url(path) });
};
const states = {
  'PENDING or SCHEDULED': async () => (await stack.create({ send_at: inDays(9) })).id,
  SENDING: async () => {
    const { id } = await to('held');
    await until('it is in flight', () => stack.receiver.of(id).length === 1);
    return id;
  },
  RETRYING: async () => (await stack.untilIs((await to(503)).id, 'RETRYING')).id,
  SENT: async () => (await stack.untilIs((await to(200)).id, 'SENT')).id,
  FAILED: async () => (await stack.untilIs((await to(410)).id, 'FAILED')).id,
  'FAILED by stop': async () => {
    const { id } = await stack.untilIs((await to(503)).id, 'RETRYING');
    expect((await stack.api('POST', `${PATH}${id}/stop`)).body).toMatchObject({ status: 'FAILED' });
    return id;
  },
  CANCELED: async () => {
    const { id } = await stack.create({ send_at: inDays(9) });
    await stack.api('DELETE', `${PATH}${id}`);
    return id;
  },
};
const A = 'already-attempted';
const E = 'already-ended';
const N = 'not-failed';
type Expected = [status: NotificationView['status'], patch: string, remove: string, stop: string, retry: string];
const allowed: Record<keyof typeof states, Expected> = {
  'PENDING or SCHEDULED': ['SCHEDULED', '200', '200 CANCELED', '200 CANCELED', N],
  SENDING: ['SENDING', A, A, '200 SENDING', N],
  RETRYING: ['RETRYING', A, A, '200 FAILED', N],
  SENT: ['SENT', A, A, E, N],
  FAILED: ['FAILED', A, A, E, '202 RETRYING'],
  'FAILED by stop': ['FAILED', A, A, '200 FAILED', N],
  CANCELED: ['CANCELED', E, '200 CANCELED', '200 CANCELED', N],
};
const commands = [
  (id: string) => stack.api('PATCH', `${PATH}${id}`, { send_at: inDays(5) }, { 'if-match': '"1"' }),
  (id: string) => stack.api('DELETE', `${PATH}${id}`),
  (id: string) => stack.api('POST', `${PATH}${id}/stop`),
  (id: string) => stack.api('POST', `${PATH}${id}/retry`),
];

const expectOutcome = async (answer: Answer<NotificationView>, wanted: string, before: NotificationView) => {
  const [status, state] = wanted.split(' ');
  if (status === '200' || status === '202') {
    expect([answer.status, answer.headers.get('etag')]).toEqual([Number(status), `"${answer.body.version}"`]);
    if (state) expect(answer.body.status).toBe(state);
    return;
  }
  const problem = expectProblem(answer, wanted as 'not-failed', ['notification_status', 'channels']);
  expect(problem).toMatchObject({ notification_status: before.status, channels: before.channels });
  expect(await stack.read(before.id)).toEqual(before);
};

test.concurrent.each(Object.keys(states) as (keyof typeof states)[])(
  'a notification that %s takes the commands of its row',
  async (name) => {
    const [status, ...wanted] = allowed[name];
    await Promise.all(
      wanted.map(async (outcome, at) => {
        const before = await stack.untilIs(await states[name](), status);
        const answer = (await commands[at]?.(before.id)) as Answer<NotificationView>;
        await expectOutcome(answer, outcome, before);
        if (answer.status !== 200 || at === 0) return;
        const again = (await commands[at]?.(before.id)) as Answer<NotificationView>;
        expect([again.status, again.body], 'repeating it repeats the answer').toEqual([200, answer.body]);
      }),
    );
  },
);

test('what was in flight when it was stopped may finish, and is SENT', async () => {
  for (const release of held) release();
  held = [];
  await until('none is in flight', async () => {
    const { body } = await stack.api<NotificationView[]>('GET', `${PATH}?status=SENDING`);
    return body.length === 0;
  });
});

test('every answer is as /openapi.json says', async () => {
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  expect(conformance.differences(body)).toEqual([]);
});
