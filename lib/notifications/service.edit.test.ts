import { describe, expect, it } from 'vitest';
import { erase } from '../erasure/state/erasure-state.ts';
import { BODY_BYTES_MAX } from '../schema/body.ts';
import { ExactNumber } from '../schema/exact-number.ts';
import { claimOf } from '../testing/claim.ts';
import { makeEndpoint } from '../testing/endpoint.ts';
import { checkRecord } from '../testing/laws.ts';
import { at, states } from '../testing/states.ts';
import { type NewNotification, type Notification, newNotificationSchema } from './notification.ts';
import { type NotificationPatch, notificationPatchSchema } from './notification-patch.ts';
import { failure, setUp, tenant } from './service.testing.ts';
import { makeNotificationService } from './service.ts';
import { viewNotification } from './view.ts';

const URL = 'https://hooks.example.com/';
const ENDPOINT = `end_${'1'.repeat(26)}`;

const setUpWith = async (changes: Partial<NewNotification> = {}, key?: string) => {
  const kit = setUp();
  await kit.endpoints.create(makeEndpoint({ id: ENDPOINT, tenant }));
  const { item } = await kit.create(changes, key);
  const edit = (patch: NotificationPatch, ifMatch?: string) =>
    kit.service.edit({ id: item.id, tenant, patch, ...(ifMatch !== undefined && { ifMatch }) });
  /** The pointers of what is refused, with nothing written. */
  const refused = async (patch: NotificationPatch): Promise<string[]> => {
    const before = kit.memory.read(item.id);
    const { errors } = await failure(edit(patch));
    expect(kit.memory.read(item.id)).toEqual(before);
    return errors?.map(({ pointer }) => pointer) ?? [];
  };
  return { ...kit, item, edit, refused };
};

const toOf = ({ channels }: Notification) =>
  Object.fromEntries(Object.entries(channels).map(([name, { to }]) => [name, to]));

it('every field that a create takes can be edited, but the type and the entity', () => {
  const { notification_type: _, entity_id: __, ...editable } = newNotificationSchema.shape;
  expect(Object.keys(notificationPatchSchema.shape)).toEqual(Object.keys(editable));
});

describe('an edit of the content', () => {
  it('changes what it names, and moves the version alone: no timer, no schedule entry, no due time', async () => {
    const { edit, item, memory, notifications, armed, disarmed, clock } = await setUpWith();
    const scheduled = { ...item, status: 'SCHEDULED' as const, writeId: 'scheduled' };
    await notifications.replace(scheduled, item.writeId);
    armed.length = 0;
    clock.pass(1_000);
    const after = await edit({ subject: 'New', body: 'Text for {{name}}', data: { name: 'Ann' } });
    const changes = { subject: 'New', body: 'Text for {{name}}', data: { name: 'Ann' }, version: 2 };
    expect(after).toEqual({
      ...scheduled,
      ...changes,
      editedAt: clock.now(),
      updatedAt: clock.now(),
      writeId: after.writeId,
    });
    expect(memory.read(item.id)).toEqual(after);
    expect([armed, disarmed]).toEqual([[], []]);
  });

  it('merges objects at every depth, and null removes', async () => {
    const big = new ExactNumber('9007199254740993');
    const { edit } = await setUpWith({ subject: 'S', data: { a: { b: 1, c: [1, 2] }, big, gone: 'x' } });
    const { data } = await edit({ data: { a: { b: null, d: { e: 1 } }, gone: null, c: 'new' } });
    expect(data).toEqual({ a: { c: [1, 2], d: { e: 1 } }, big, c: 'new' });
    expect(await edit({ subject: null, data: null })).not.toMatchObject({ subject: expect.anything() });
    expect(await edit({ body: null })).not.toHaveProperty('data');
    expect((await edit({ group: 'order-7' })).group).toBe('order-7');
    expect(await edit({ group: null })).not.toHaveProperty('group');
  });

  it('must leave a text for people, and a value for each placeholder', async () => {
    const { refused, edit } = await setUpWith({
      notification_type: 'order.shipped',
      body: 'For {{name}}',
      data: { name: 'A' },
    });
    expect(await refused({ body: null })).toEqual(['/body']);
    expect(await refused({ body: ' ' })).toEqual(['/body']);
    expect(await refused({ data: null })).toEqual(['/body']);
    expect(await refused({ data: { name: { first: 'A' } } })).toEqual(['/body']);
    expect(await refused({ subject: '{{other}}', phone: '12' })).toEqual(['/phone', '/subject']);
    expect(await refused({ subject: 'On {{target_date}}' })).toEqual(['/subject']);
    const webhook = await edit({ email: null, webhook_url: URL, body: null });
    expect(webhook).not.toHaveProperty('body');
    expect(await refused({ phone: '9999912345' })).toEqual(['/body']);
  });

  it('cannot add up to more than one request may bring', async () => {
    const { edit, memory, item } = await setUpWith();
    const text = 'x'.repeat(100_000);
    await edit({ data: { a: text } });
    await edit({ data: { b: text } });
    expect(await failure(edit({ data: { c: text } }))).toMatchObject({ code: 'payload-too-large' });
    expect(JSON.stringify(memory.read(item.id)).length).toBeLessThan(BODY_BYTES_MAX);
    const { length } = Object.keys((await edit({ data: { a: null, c: text } })).data ?? {});
    expect(length).toBe(2);
    const many = Object.fromEntries(Array.from({ length: 6_000 }, (_, n) => [`n${n}`, n]));
    await edit({ data: { a: null, b: null, c: null, many } });
    const { errors } = await failure(edit({ data: { more: many } }));
    expect(errors).toEqual([{ pointer: '', detail: 'must hold at most 10000 JSON values in all' }]);
  });
});

describe('an edit of the recipients', () => {
  it('adds, replaces and removes channels, and leaves the others as they are', async () => {
    const { edit, item } = await setUpWith();
    const added = await edit({ phone: '9999912345' });
    expect(added.channels).toEqual({
      email: item.channels.email,
      sms: { to: '+919999912345', state: 'pending', attempts: 0, roundFrom: 0, nextAttemptAt: item.dueAt },
    });
    const replaced = await edit({ email: 'other@example.com', phone: null, webhook_url: URL });
    expect(toOf(replaced)).toEqual({ email: 'other@example.com', webhook: URL });
    expect([replaced.timerSeq, replaced.dueAt, replaced.version]).toEqual([1, item.dueAt, 3]);
    checkRecord(replaced);
  });

  it('cannot remove the last one', async () => {
    const { edit, refused } = await setUpWith({ phone: '9999912345' });
    await edit({ email: null });
    expect(await refused({ phone: null })).toEqual(['/phone']);
    const { errors } = await failure(edit({ phone: null }));
    expect(errors?.[0]?.detail).toMatch(/^must not be removed: at least one of email, phone, .* is required$/);
    expect(await refused({ phone: null, email: null, endpoint_id: null })).toContain('/phone');
    expect(toOf(await edit({ phone: null, email: 'a@example.com' }))).toEqual({ email: 'a@example.com' });
  });

  it('takes an endpoint in place of a URL, and the reverse; both are refused', async () => {
    const { edit, refused } = await setUpWith({ webhook_url: URL });
    const atEndpoint = await edit({ endpoint_id: ENDPOINT });
    expect(viewNotification(atEndpoint)).toMatchObject({ endpoint_id: ENDPOINT });
    expect(viewNotification(atEndpoint)).not.toHaveProperty('webhook_url');
    expect(toOf(await edit({ webhook_url: null })).webhook).toBe(ENDPOINT);
    expect(await refused({ webhook_url: URL, endpoint_id: ENDPOINT })).toEqual(['/endpoint_id']);
    const atUrl = await edit({ webhook_url: URL, endpoint_id: null });
    expect(viewNotification(atUrl)).toMatchObject({ webhook_url: URL });
    expect(viewNotification(atUrl)).not.toHaveProperty('endpoint_id');
    expect(toOf(await edit({ webhook_url: null }))).toEqual({ email: 'user@example.com' });
  });

  it('must name an endpoint that is there, once all else is right', async () => {
    const { edit, refused } = await setUpWith();
    const gone = { endpoint_id: `end_${'2'.repeat(26)}` };
    expect(await refused(gone)).toEqual(['/endpoint_id']);
    expect(await refused({ ...gone, phone: '12' })).toEqual(['/phone']);
    expect((await failure(edit(gone, '"7"'))).code).toBe('precondition-failed');
  });

  it('judges what it names, not what this deployment would refuse today', async () => {
    const kit = await setUpWith({ webhook_url: 'http://127.0.0.1/hook' });
    const recipients = { ...kit.recipients, webhook: { allowPrivate: false, allowHttp: false } };
    const { edit } = makeNotificationService({ ...kit, recipients });
    const address = { id: kit.item.id, tenant };
    expect((await edit({ ...address, patch: { phone: '9999912345' } })).channels.webhook).toEqual(
      kit.item.channels.webhook,
    );
    const { errors } = await failure(edit({ ...address, patch: { webhook_url: 'http://127.0.0.1/hook' } }));
    expect(errors).toMatchObject([{ pointer: '/webhook_url' }]);
  });

  it('starts a channel with another address that had failed before any attempt', async () => {
    const { edit, memory, item, refused, service } = await setUpWith();
    const failed = { state: 'failed', attempts: 0, roundFrom: 0, lastError: 'unprocessable' } as const;
    const email = { ...failed, to: 'a@example.com' };
    const webhook = { ...failed, to: URL };
    const { id, type } = item;
    memory.write({ ...states['FAILED, unprocessable'](), id, type, channels: { email, webhook } });
    const retried = await service.retry({ id, tenant });
    memory.write({ ...retried, channels: { ...retried.channels, email } });
    expect(await refused({ webhook_url: null })).toEqual(['/webhook_url']);
    const { channels } = await edit({ webhook_url: null, email: 'b@example.com' });
    expect(channels).toEqual({
      email: { to: 'b@example.com', state: 'pending', attempts: 0, roundFrom: 0, nextAttemptAt: retried.dueAt },
    });
  });
});

describe('an edit of everything at once', () => {
  it('is one write, with one new timer', async () => {
    const { edit, item, armed, disarmed } = await setUpWith();
    const patch = { send_at: '2026-05-01T09:00:00Z', subject: 'Later', phone: '9999912345', email: null };
    const after = await edit(patch);
    const dueAt = Date.parse(patch.send_at);
    expect(after).toMatchObject({ subject: 'Later', dueAt, version: 2, timerSeq: 2, status: 'PENDING' });
    expect(after.timing).toEqual({ send_at: patch.send_at });
    expect(after.channels).toMatchObject({ sms: { to: '+919999912345', nextAttemptAt: dueAt } });
    expect(armed.at(-1)).toEqual({ id: item.id, tenant, seq: 2, due: dueAt });
    expect(disarmed).toEqual([]);
  });

  it('names every rule that is broken', async () => {
    const { refused } = await setUpWith({ target_date: '2026-05-01', send_at: undefined as never });
    const patch = { phone: '12', send_at: 'soon', body: '{{name}}', timezone: 'Nowhere', lead_time_days: null };
    expect(await refused(patch)).toEqual(['/phone', '/timezone', '/send_at', '/body']);
  });

  it('takes null for a time that was given', async () => {
    const { edit, refused } = await setUpWith({
      ...{ target_date: '2026-05-01T09:00', send_at: undefined as never },
      ...{ timezone: 'Europe/Berlin', lead_time_days: 3 },
    });
    expect((await edit({ lead_time_days: null })).timing.lead_time_days).toBe(7);
    expect((await edit({ timezone: null })).sendAt).toBe(Date.parse('2026-04-24T09:00:00Z'));
    expect(await refused({ target_date: null })).toEqual(['/target_date']);
    const { timing } = await edit({ target_date: null, lead_time_days: null, send_at: '2026-05-01' });
    expect(timing).toEqual({ send_at: '2026-05-01' });
    expect(await refused({ send_at: null })).toEqual(['/target_date']);
    expect((await edit({ target_date: '2026-06-01', timezone: null })).timing.lead_time_days).toBe(7);
  });
});

it('an edit of the priority sets another timer for the same time, as its messages carry it', async () => {
  const { edit, item, armed, disarmed, notifications } = await setUpWith();
  await notifications.replace({ ...item, status: 'SCHEDULED', writeId: 'scheduled' }, item.writeId);
  const bulk = await edit({ priority: 'bulk' });
  expect(bulk).toMatchObject({
    priority: 'bulk',
    status: 'PENDING',
    timerSeq: 2,
    sendAt: item.sendAt,
    dueAt: item.dueAt,
  });
  expect(disarmed).toMatchObject([{ id: item.id, seq: 1 }]);
  expect(armed.at(-1)).toEqual({ id: item.id, tenant, seq: 2, due: item.dueAt, priority: 'bulk' });
  expect((await edit({ priority: 'bulk', subject: 'S' })).timerSeq).toBe(2);
});

describe('an edit that comes too late', () => {
  it('is refused by the state, before If-Match and before what it says is judged', async () => {
    const { service, notifications } = setUp();
    await notifications.create(states.SENDING());
    const patch = { email: null, phone: '12', send_at: 'soon', endpoint_id: ENDPOINT };
    const error = await failure(service.edit({ id: 'ntf_1', tenant, patch, ifMatch: '"9"' }));
    expect(error).toMatchObject({ code: 'already-attempted', extensions: { notification_status: 'SENDING' } });
  });

  it('by a claim between its read and its write is refused, and what was claimed is as it was', async () => {
    const kit = await setUpWith();
    let claimed: Notification | undefined;
    const notifications = {
      ...kit.notifications,
      replace: async (...args: Parameters<typeof kit.notifications.replace>) => {
        if (claimed) throw new Error('It is decided on what is stored');
        kit.clock.pass(kit.item.dueAt - kit.clock.now());
        claimed = ((await kit.notifications.claim(claimOf(kit.item, kit.clock))) as { item: Notification }).item;
        return kit.notifications.replace(...args);
      },
    };
    const service = makeNotificationService({ ...kit, notifications });
    const patch = { subject: 'Late', email: 'late@example.com' };
    expect((await failure(service.edit({ id: kit.item.id, tenant, patch }))).code).toBe('already-attempted');
    expect(kit.memory.read(kit.item.id)).toEqual(claimed);
    expect(claimed?.subject).toBeUndefined();
  });

  it('for what was erased is refused', async () => {
    const { service, notifications } = setUp();
    const by = { jobId: 'era_1', names: () => false, token: () => 'random' };
    for (const [n, state] of (['CANCELED', 'FAILED, unprocessable', 'SENT'] as const).entries()) {
      const item = { ...states[state](), id: `ntf_${n}` };
      const { next } = erase(item, by, at());
      await notifications.create(next);
      expect((await failure(service.edit({ id: item.id, tenant, patch: { subject: 'S' } }))).code).toMatch(/^already-/);
    }
  });
});

it('after an edit, the repetition of the POST answers the record as it is now', async () => {
  const { create, edit, clock } = await setUpWith({}, 'key');
  clock.pass(1_000);
  const item = await edit({ subject: 'New', send_at: '2026-05-01' });
  const again = await create({ send_at: new Date(clock.now() - 1_000 + 3_600_000).toISOString() }, 'key');
  expect(again).toEqual({ item, replayed: true });
});
