/** Whole flows on the virtual clock: what is scheduled, when it leaves, what a change of plan leaves behind. In this order: time only moves forward. */
import { expect, test } from 'vitest';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { metric, scheduleNames, storedItems } from '../kit/aws.ts';
import { DAY_MS, until, useWorld } from '../kit/test-stack.ts';

const world = useWorld();
const PATH = '/api/v1/notifications/';
const MINUTE_MS = 60_000;
const LATENESS = 'event_system_delivery_lateness_seconds_count';
const STALE = 'event_system_timers_stale_total';

const inboxOf = async (id: string) =>
  (await world.stack.inbox()).filter(({ notification_id }) => notification_id === id);
const scheduled = async (input: Record<string, unknown>): Promise<NotificationView> =>
  world.untilIs((await world.create(input)).id, 'SCHEDULED');
const patch = (id: string, body: unknown) => world.api<NotificationView>('PATCH', `${PATH}${id}`, body);

test('7 days before its target, in seconds: by e-mail, SMS and a signed webhook, each once', async () => {
  const counted = await metric(world, LATENESS);
  const { id, send_at } = await scheduled({
    notification_type: 'password.expiry',
    entity_id: 'user-7',
    target_date: await world.at(14 * DAY_MS),
    email: 'user@example.com',
    phone: '+14155550123',
    webhook_url: world.receiver.url('/week'),
    subject: 'Hello {{name}}',
    body: '{{name}}, it expires.',
    data: { name: 'Ada' },
  });
  await world.advance('P6DT23H');
  expect([(await world.read(id)).status, await inboxOf(id), world.receiver.of(id)]).toEqual(['SCHEDULED', [], []]);

  await world.advance('PT61M');
  const sent = await world.untilIs(id, 'SENT');
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
  const [webhook, ...more] = world.receiver.of(id);
  expect([webhook?.verified, more]).toEqual([[true, true], []]);
  expect(webhook?.json).toMatchObject({
    type: 'password.expiry',
    data: { notification_id: id, entity_id: 'user-7', send_at, subject: 'Hello Ada', body: 'Ada, it expires.' },
  });
  expect(Math.abs((webhook?.timestamp ?? 0) * 1_000 - Date.now()), 'signed by the real clock').toBeLessThan(MINUTE_MS);

  // The advance made it a minute late: said on the attempt, left out of the figures.
  for (const { lateness_ms } of sent.attempts) expect(lateness_ms).toBeGreaterThan(MINUTE_MS - 1_000);
  expect(await metric(world, LATENESS)).toBe(counted);
  await until('its entry is gone', async () => !(await scheduleNames(world)).some((name) => name.startsWith(id)));
});

test('what EventBridge Scheduler holds is what is SCHEDULED, and canceling removes it', async () => {
  const made = await Promise.all(
    [1, 30, 400].map(async (days) => scheduled({ send_at: await world.at(days * DAY_MS) })),
  );
  const near = await world.create({ send_at: await world.at(10 * MINUTE_MS) });
  expect(await scheduleNames(world)).toEqual(made.map(({ id }) => `${id}-1`).sort());
  const list = await world.api<NotificationView[]>('GET', `${PATH}?status=SCHEDULED`);
  expect(list.body.map(({ id }) => id).sort()).toEqual(made.map(({ id }) => id).sort());
  for (const { id } of [...made, near]) await world.api('DELETE', `${PATH}${id}`);
  await until('the entries are gone', async () => (await scheduleNames(world)).length === 0);
});

test('rescheduled nearer than 15 minutes: its entry goes, and it leaves by the queue at the new time', async () => {
  const { id } = await scheduled({ send_at: await world.at(DAY_MS) });
  const { body } = await patch(id, { send_at: await world.at(5 * MINUTE_MS) });
  expect([body.status, body.version]).toEqual(['PENDING', 2]);
  await until('the entry is gone', async () => (await scheduleNames(world)).length === 0);
  await world.advance('PT4M');
  expect(await inboxOf(id)).toEqual([]);
  await world.advanceTo(body.send_at);
  await world.untilIs(id, 'SENT');
  await world.advance('P1D');
  expect((await world.read(id)).attempts).toHaveLength(1);
});

test('rescheduled away from the next minutes: the old timer fires, does nothing and is counted', async () => {
  const stale = await metric(world, STALE);
  const { id } = await world.create({ send_at: await world.at(5 * MINUTE_MS) });
  const later = await patch(id, { send_at: await world.at(2 * DAY_MS) });
  expect(later.status).toBe(200);
  await world.untilIs(id, 'SCHEDULED');
  expect(await scheduleNames(world)).toEqual([`${id}-2`]);
  await world.advance('PT6M');
  await until('the old timer was counted', async () => (await metric(world, STALE)) > stale);
  expect([(await world.read(id)).status, await inboxOf(id)]).toEqual(['SCHEDULED', []]);
  await world.advanceTo(later.body.send_at);
  expect((await world.untilIs(id, 'SENT')).attempts).toHaveLength(1);
});

test('canceled within the last minutes: nothing leaves, and the timer is counted', async () => {
  const stale = await metric(world, STALE);
  const { id } = await world.create({ send_at: await world.at(2 * MINUTE_MS) });
  expect((await world.api('DELETE', `${PATH}${id}`)).body.status).toBe('CANCELED');
  await world.advance('PT3M');
  await until('the timer was counted', async () => (await metric(world, STALE)) > stale);
  expect([(await world.read(id)).attempts, await inboxOf(id)]).toEqual([[], []]);
});

test('two years ahead it leaves within the second, never early, and is in the figures', async () => {
  const counted = await metric(world, LATENESS);
  const due = (await world.now()) + 730 * DAY_MS;
  // Five, a second apart: a machine that stands still for a moment makes some of them late, and not all.
  const made = await Promise.all(
    [0, 1, 2, 3, 4].map((n) => scheduled({ send_at: new Date(due + n * 1_000).toISOString() })),
  );
  const statuses = () => Promise.all(made.map(async ({ id }) => (await world.read(id)).status));
  await world.advanceTo(due - 15 * MINUTE_MS);
  expect(await statuses()).toEqual(made.map(() => 'SCHEDULED'));
  await world.advanceTo(due - MINUTE_MS);
  await until('their entries have fired', async () => (await scheduleNames(world)).length === 0);
  for (const { id } of made) expect(await inboxOf(id)).toEqual([]);
  // Early enough for the clock not to jump past the first: the figures leave out what it made late.
  await world.advanceTo(due - 5_000);
  const sent = await Promise.all(made.map(({ id }) => world.untilIs(id, 'SENT')));
  const soonest = Math.min(...sent.map(({ attempts }) => attempts[0]?.lateness_ms ?? Number.NaN));
  expect(soonest).toBeGreaterThanOrEqual(0);
  expect(soonest).toBeLessThan(1_000);
  expect(await metric(world, LATENESS)).toBe(counted + made.length);
});

test('a replay is recognised for 7 days and more, an ended record expires, and the sweep removes it', async () => {
  const key = { 'idempotency-key': 'kept' };
  const body = {
    notification_type: 'user.signup',
    entity_id: 'expiring',
    send_at: await world.at(0),
    email: 'a@example.com',
  };
  const { id } = await world.create(body, key);
  await world.untilIs(id, 'SENT');
  const open = await scheduled({ send_at: await world.at(300 * DAY_MS) });
  await world.advance('P7D');
  const replay = await world.api<NotificationView>('POST', PATH, body, key);
  expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body.id]).toEqual([201, 'true', id]);

  await world.advance('P40D');
  expect((await world.api('GET', `${PATH}${id}`)).status).toBe(404);
  expect((await world.api('GET', `${PATH}?entity_id=expiring`)).body).toEqual([]);
  expect((await world.read(open.id)).status).toBe('SCHEDULED');
  await until('the sweep has removed it', async () => {
    const stored = JSON.stringify(await storedItems(world));
    return !stored.includes(id) && stored.includes(open.id);
  });
  const again = await world.api<NotificationView>('POST', PATH, { ...body, send_at: await world.at(0) }, key);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, null]);
});

test('a restart keeps the clock, what is scheduled, what waits in a queue, and the inbox', async () => {
  const [far, near] = await Promise.all([
    scheduled({ send_at: await world.at(20 * DAY_MS) }),
    world.create({ send_at: await world.at(10 * MINUTE_MS) }),
  ]);
  const [before, inbox, names] = await Promise.all([world.now(), world.stack.inbox(), scheduleNames(world)]);
  await world.restart();
  expect(await world.now()).toBeGreaterThan(before);
  expect(await world.stack.inbox()).toEqual(inbox);
  expect(await scheduleNames(world)).toEqual(names);
  expect(await world.read(far.id)).toEqual(far);
  await world.advanceTo(near.send_at);
  expect((await world.untilIs(near.id, 'SENT')).attempts).toHaveLength(1);
  await world.advanceTo(far.send_at);
  expect((await world.untilIs(far.id, 'SENT')).attempts).toHaveLength(1);
});
