/**
 * From an event to the notifications that its rule makes of it: every built-in type, what is
 * refused, and what is found again.
 */
import { expect, test } from 'vitest';
import type { EventView } from '../../../lib/events/event.ts';
import { metric } from '../kit/aws.ts';
import { DAY_MS } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { useTestStack } from '../kit/vitest.ts';

const stack = useTestStack();
const EVENTS = '/api/v1/events/';

interface Letter {
  id: string;
  kind: string;
  reason: string;
  event_id?: string;
  redriven_at?: string;
}

const publish = async (type: string, payload: Record<string, unknown>, more: Record<string, unknown> = {}) => {
  const answer = await stack.api<EventView>('POST', EVENTS, { type, payload, ...more });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
};
const untilEnded = ({ id }: EventView): Promise<EventView> =>
  until(`${id} is processed`, async () => {
    const { body } = await stack.api<EventView>('GET', `${EVENTS}${id}`);
    return body.status !== 'ACCEPTED' && body;
  });
const letters = async (): Promise<Letter[]> =>
  (await stack.api<Letter[]>('GET', '/api/v1/dead-letters/?kind=message')).body;
const email = 'user@example.com';

test.concurrent.each(['user.signup', 'payment.failed', 'payment.success', 'user.unsubscribe'])(
  '%s is sent at once',
  async (type) => {
    const event = await publish(type, { user_id: 123, email, phone: '+14155550123', data: { plan: 'pro' } });
    const { status, notifications = [] } = await untilEnded(event);
    expect([status, notifications.length]).toEqual(['PROCESSED', 1]);
    const sent = await stack.untilIs(notifications[0] ?? '', 'SENT');
    expect(sent).toMatchObject({
      notification_type: type,
      entity_id: '123',
      event_id: event.id,
      data: { plan: 'pro' },
    });
    expect(Object.keys(sent.channels)).toEqual(['email', 'sms']);
  },
);

test('password.expiry is sent 7 days before, or as many as the payload says', async () => {
  const expiry_date = await stack.at(60 * DAY_MS);
  const events = [
    await publish('password.expiry', { user_id: 'u', email, expiry_date }),
    await publish('password.expiry', { user_id: 'u', email, expiry_date, lead_days: 30 }),
  ];
  const made = await Promise.all(
    events.map(async (event) => stack.untilIs((await untilEnded(event)).notifications?.[0] ?? '', 'SCHEDULED')),
  );
  expect(made.map(({ send_at }) => (Date.parse(expiry_date) - Date.parse(send_at)) / DAY_MS)).toEqual([7, 30]);
});

test('custom, and any type that carries a recipient, is sent at its target or at once', async () => {
  const target_date = await stack.at(3 * DAY_MS);
  const [later, now] = await Promise.all([
    publish('custom', {
      entity_id: 'e-1',
      webhook_url: stack.receiver.url('/custom'),
      target_date,
      subject: 'S',
      body: 'B',
    }).then(untilEnded),
    publish('Invoice.Issued', { entity_id: 9, email, body: 'Your invoice is there.' }).then(untilEnded),
  ]);
  const scheduled = await stack.untilIs(later.notifications?.[0] ?? '', 'SCHEDULED');
  expect(scheduled).toMatchObject({ send_at: target_date, entity_id: 'e-1', subject: 'S', body: 'B' });
  await stack.untilIs(now.notifications?.[0] ?? '', 'SENT');
  await stack.advanceTo(target_date);
  await stack.untilIs(scheduled.id, 'SENT');
  expect(stack.receiver.of(scheduled.id)[0]?.json.data).toMatchObject({ event_id: later.id, entity_id: 'e-1' });
});

test('an event without a recipient is a signal: PROCESSED, nothing made', async () => {
  const { status, notifications } = await untilEnded(await publish('user.signup', { user_id: 123, info: 'Test user' }));
  expect([status, notifications]).toEqual(['PROCESSED', []]);
});

test.concurrent.each<[string, string, Record<string, unknown>, RegExp]>([
  [
    'an address that is none',
    'user.signup',
    { user_id: 1, email: 'no-address' },
    /\/payload\/email must be an e-mail address/,
  ],
  [
    'a date that is none',
    'password.expiry',
    { user_id: 1, email, expiry_date: 'soon' },
    /\/payload\/expiry_date must be/,
  ],
  ['no date at all', 'password.expiry', { user_id: 1, email }, /\/payload\/expiry_date is required/],
  ['no text', 'Invoice.Issued', { entity_id: 1, email }, /\/payload\/body is required for e-mail(, | and )SMS/],
  ['a lead that is none', 'custom', { entity_id: 1, email, lead_days: -4 }, /\/payload\/lead_days must be/],
])(
  '%s: REJECTED with a reason, listed, never repeated by itself, and redriven it says so',
  async (_name, type, payload, reason) => {
    const event = await untilEnded(await publish(type, payload));
    expect([event.status, event.notifications]).toEqual(['REJECTED', []]);
    expect(event.reason).toMatch(reason);
    expect(event.reason, 'the value itself stays out').not.toMatch(/no-address|soon/);
    const letter = await until('it is listed', async () => (await letters()).find(({ id }) => id === event.id));
    expect(letter).toMatchObject({ kind: 'message', event_id: event.id, reason: event.reason });
    const order = await stack.api('POST', '/api/v1/dead-letters/redrive', { kind: 'message' });
    expect(order.status).toBe(202);
    const again = await until('it was rejected again', async () => {
      const found = (await letters()).find(({ id }) => id === event.id);
      return found?.redriven_at !== undefined && found;
    });
    expect(again.reason).toBe(event.reason);
  },
);

test('published again it makes nothing again, and a batch makes one for each', async () => {
  const once = { source: 'shop', id: 'order-1' };
  const first = await untilEnded(await publish('user.signup', { user_id: 5, email }, once));
  await stack.untilIs(first.notifications?.[0] ?? '', 'SENT');
  expect(
    (await stack.api('POST', EVENTS, { type: 'user.signup', payload: { user_id: 5, email }, ...once })).status,
  ).toBe(200);
  const batch = ['1', '2', '2'].map((id) => ({
    specversion: '1.0',
    id,
    source: '/b',
    type: 'user.signup',
    data: { user_id: `b-${id}`, email },
  }));
  const answer = await stack.api<EventView[]>('POST', EVENTS, batch, {
    'content-type': 'application/cloudevents-batch+json',
  });
  await Promise.all(answer.body.map(untilEnded));
  for (const entity of ['5', 'b-1', 'b-2']) {
    expect((await stack.api('GET', `/api/v1/notifications/?entity_id=${entity}`)).body, entity).toHaveLength(1);
  }
});

test('an event whose queue message is lost is found by its mark', async () => {
  const accepted = await (async () => {
    await stack.fault({ service: 'sqs', mode: 'error' });
    const event = await publish('user.signup', { user_id: 'lost', email });
    await stack.fault({ service: 'sqs', mode: 'off' });
    return event;
  })();
  const reconciled = await metric(stack, 'event_system_reconciled_total');
  await stack.advance('PT5M');
  const { status, notifications = [] } = await untilEnded(accepted);
  expect(status).toBe('PROCESSED');
  await stack.untilIs(notifications[0] ?? '', 'SENT');
  expect(await metric(stack, 'event_system_reconciled_total')).toBeGreaterThan(reconciled);
});
