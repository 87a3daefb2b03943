/**
 * Whole flows on the virtual clock: what is scheduled, when it leaves, what a change of plan leaves
 * behind. In this order: time only moves forward.
 */
import { expect, test } from 'vitest';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { metric, scheduleNames, storedItems } from '../kit/aws.ts';
import { DAY_MS } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { useTestStack } from '../kit/vitest.ts';

const stack = useTestStack();
const PATH = '/api/v1/notifications/';
const MINUTE_MS = 60_000;
const LATENESS = 'event_system_delivery_lateness_seconds_count';
const STALE = 'event_system_timers_stale_total';

const inboxOf = async (id: string) =>
  (await stack.processes.inbox()).filter(({ notification_id }) => notification_id === id);
const scheduled = async (input: Record<string, unknown>): Promise<NotificationView> =>
  stack.untilIs((await stack.create(input)).id, 'SCHEDULED');
const patch = (id: string, body: unknown) => stack.api<NotificationView>('PATCH', `${PATH}${id}`, body);

test('7 days before its target, in seconds: by e-mail, SMS and a signed webhook, each once', async () => {
  const counted = await metric(stack, LATENESS);
  const { id, send_at } = await scheduled({
    notification_type: 'password.expiry',
    entity_id: 'user-7',
    target_date: await stack.at(14 * DAY_MS),
    email: 'user@example.com',
    phone: '+14155550123',
    webhook_url: stack.receiver.url('/week'),
    subject: 'Hello {{name}}',
    body: '{{name}}, it expires.',
    data: { name: 'Ada' },
  });
  await stack.advance('P6DT23H');
  expect([(await stack.read(id)).status, await inboxOf(id), stack.receiver.of(id)]).toEqual(['SCHEDULED', [], []]);

  await stack.advance('PT61M');
  const sent = await stack.untilIs(id, 'SENT');
  expect(sent.channels).toEqual(
    Object.fromEntries(['email', 'sms', 'webhook'].map((name) => [name, { state: 'sent', attempts: 1 }])),
  );
  const inbox = await inboxOf(id);
  expect(
    inbox
      .map(({ channel, to, subject, body }) => ({ channel, to, subject, body }))
      .sort((a, b) => a.channel.localeCompare(b.channel)),
  ).toEqual([
    { channel: 'email', to: 'user@example.com', subject: 'Hello Ada', body: 'Ada, it expires.' },
    { channel: 'sms', to: '+14155550123', subject: null, body: 'Ada, it expires.' },
  ]);
  const [webhook, ...more] = stack.receiver.of(id);
  expect([webhook?.verified, more]).toEqual([[true, true], []]);
  expect(webhook?.json).toMatchObject({
    type: 'password.expiry',
    data: { notification_id: id, entity_id: 'user-7', send_at, subject: 'Hello Ada', body: 'Ada, it expires.' },
  });
  expect(Math.abs((webhook?.timestamp ?? 0) * 1_000 - Date.now()), 'signed by the real clock').toBeLessThan(MINUTE_MS);

  // The advance made it a minute late: said on the attempt, left out of the figures.
  for (const { lateness_ms } of sent.attempts) expect(lateness_ms).toBeGreaterThan(MINUTE_MS - 1_000);
  expect(await metric(stack, LATENESS)).toBe(counted);
  await until('its entry is gone', async () => !(await scheduleNames(stack)).some((name) => name.startsWith(id)));
});

test('what EventBridge Scheduler holds is what is SCHEDULED, and canceling removes it', async () => {
  const made = await Promise.all(
    [1, 30, 400].map(async (days) => scheduled({ send_at: await stack.at(days * DAY_MS) })),
  );
  const near = await stack.create({ send_at: await stack.at(10 * MINUTE_MS) });
  expect(await scheduleNames(stack)).toEqual(made.map(({ id }) => `${id}-1`).sort());
  const list = await stack.api<NotificationView[]>('GET', `${PATH}?status=SCHEDULED`);
  expect(list.body.map(({ id }) => id).sort()).toEqual(made.map(({ id }) => id).sort());
  for (const { id } of [...made, near]) await stack.api('DELETE', `${PATH}${id}`);
  await until('the entries are gone', async () => (await scheduleNames(stack)).length === 0);
});

test('rescheduled nearer than 15 minutes: its entry goes, and it leaves by the queue at the new time', async () => {
  const { id } = await scheduled({ send_at: await stack.at(DAY_MS) });
  const { body } = await patch(id, { send_at: await stack.at(5 * MINUTE_MS) });
  expect([body.status, body.version]).toEqual(['PENDING', 2]);
  await until('the entry is gone', async () => (await scheduleNames(stack)).length === 0);
  await stack.advance('PT4M');
  expect(await inboxOf(id)).toEqual([]);
  await stack.advanceTo(body.send_at);
  await stack.untilIs(id, 'SENT');
  await stack.advance('P1D');
  expect((await stack.read(id)).attempts).toHaveLength(1);
});

test('rescheduled away from the next minutes: the old timer fires, does nothing and is counted', async () => {
  const stale = await metric(stack, STALE);
  const { id } = await stack.create({ send_at: await stack.at(5 * MINUTE_MS) });
  const later = await patch(id, { send_at: await stack.at(2 * DAY_MS) });
  expect(later.status).toBe(200);
  await stack.untilIs(id, 'SCHEDULED');
  expect(await scheduleNames(stack)).toEqual([`${id}-2`]);
  await stack.advance('PT6M');
  await until('the old timer was counted', async () => (await metric(stack, STALE)) > stale);
  expect([(await stack.read(id)).status, await inboxOf(id)]).toEqual(['SCHEDULED', []]);
  await stack.advanceTo(later.body.send_at);
  expect((await stack.untilIs(id, 'SENT')).attempts).toHaveLength(1);
});

test('canceled within the last minutes: nothing leaves, and the timer is counted', async () => {
  const stale = await metric(stack, STALE);
  const { id } = await stack.create({ send_at: await stack.at(2 * MINUTE_MS) });
  expect((await stack.api('DELETE', `${PATH}${id}`)).body.status).toBe('CANCELED');
  await stack.advance('PT3M');
  await until('the timer was counted', async () => (await metric(stack, STALE)) > stale);
  expect([(await stack.read(id)).attempts, await inboxOf(id)]).toEqual([[], []]);
});

test('two years ahead it leaves within the second, never early, and is in the figures', async () => {
  const counted = await metric(stack, LATENESS);
  const due = (await stack.now()) + 730 * DAY_MS;
  // Five, a second apart: a machine that stands still for a moment makes some of them late, and not all.
  const made = await Promise.all(
    [0, 1, 2, 3, 4].map((n) => scheduled({ send_at: new Date(due + n * 1_000).toISOString() })),
  );
  const statuses = () => Promise.all(made.map(async ({ id }) => (await stack.read(id)).status));
  await stack.advanceTo(due - 15 * MINUTE_MS);
  expect(await statuses()).toEqual(made.map(() => 'SCHEDULED'));
  await stack.advanceTo(due - MINUTE_MS);
  await until('their entries have fired', async () => (await scheduleNames(stack)).length === 0);
  for (const { id } of made) expect(await inboxOf(id)).toEqual([]);
  // Early enough for the clock not to jump past the first: the figures leave out what it made late.
  await stack.advanceTo(due - 5_000);
  const sent = await Promise.all(made.map(({ id }) => stack.untilIs(id, 'SENT')));
  const soonest = Math.min(...sent.map(({ attempts }) => attempts[0]?.lateness_ms ?? Number.NaN));
  expect(soonest).toBeGreaterThanOrEqual(0);
  expect(soonest).toBeLessThan(1_000);
  expect(await metric(stack, LATENESS)).toBe(counted + made.length);
});

test('a replay is recognised for 7 days and more, an ended record expires, and the sweep removes it', async () => {
  const key = { 'idempotency-key': 'kept' };
  const body = {
    notification_type: 'user.signup',
    entity_id: 'expiring',
    send_at: await stack.at(0),
    email: 'a@example.com',
  };
  const { id } = await stack.create(body, key);
  await stack.untilIs(id, 'SENT');
  const open = await scheduled({ send_at: await stack.at(300 * DAY_MS) });
  await stack.advance('P7D');
  const replay = await stack.api<NotificationView>('POST', PATH, body, key);
  expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body.id]).toEqual([201, 'true', id]);

  await stack.advance('P40D');
  expect((await stack.api('GET', `${PATH}${id}`)).status).toBe(404);
  expect((await stack.api('GET', `${PATH}?entity_id=expiring`)).body).toEqual([]);
  expect((await stack.read(open.id)).status).toBe('SCHEDULED');
  await until('the sweep has removed it', async () => {
    const stored = JSON.stringify(await storedItems(stack));
    return !stored.includes(id) && stored.includes(open.id);
  });
  const again = await stack.api<NotificationView>('POST', PATH, { ...body, send_at: await stack.at(0) }, key);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, null]);
});

test('a restart keeps the clock, what is scheduled, what waits in a queue, and the inbox', async () => {
  const [far, near] = await Promise.all([
    scheduled({ send_at: await stack.at(20 * DAY_MS) }),
    stack.create({ send_at: await stack.at(10 * MINUTE_MS) }),
  ]);
  const [before, inbox, names] = await Promise.all([stack.now(), stack.processes.inbox(), scheduleNames(stack)]);
  await stack.restart();
  expect(await stack.now()).toBeGreaterThan(before);
  expect(await stack.processes.inbox()).toEqual(inbox);
  expect(await scheduleNames(stack)).toEqual(names);
  expect(await stack.read(far.id)).toEqual(far);
  await stack.advanceTo(near.send_at);
  expect((await stack.untilIs(near.id, 'SENT')).attempts).toHaveLength(1);
  await stack.advanceTo(far.send_at);
  expect((await stack.untilIs(far.id, 'SENT')).attempts).toHaveLength(1);
});
