import { describe, expect, it } from 'vitest';
import { fingerprint } from '../schema/canonical-json.ts';
import { makeEndpoint } from '../testing/endpoint.ts';
import { textVersions } from './content/built-in-texts.ts';
import type { NewNotification } from './notification.ts';
import { DAY_MS, failure, setUp, tenant } from './service.testing.ts';
import { makeNotificationService } from './service.ts';
import { viewNotification } from './view.ts';

describe('1. 201 means persisted', () => {
  it('stores, then hands to the timer', async () => {
    const { create, memory, armed, recording } = setUp();
    const { item, replayed } = await create();
    expect([memory.read(item.id), replayed]).toEqual([item, false]);
    expect(armed).toEqual([{ id: item.id, tenant: item.tenant, seq: 1, due: item.dueAt }]);
    expect(recording.count('notificationCreated')).toBe(1);
  });

  it('answers although the timer fails, and counts it', async () => {
    const kit = setUp();
    const service = makeNotificationService({
      ...kit,
      timer: { ...kit.timer, arm: () => Promise.reject(new Error('down')) },
    });
    const { item } = await service.create({ input: kit.input(), tenant });
    expect(kit.memory.read(item.id)?.status).toBe('PENDING');
    expect(kit.recording.calls).toContainEqual({ verb: 'handOffFailed', args: [{ step: 'arm' }] });
  });

  it('takes the client’s own call: isoformat with offset, national digits, lead days', async () => {
    const { create, clock } = setUp();
    const { item } = await create({
      send_at: undefined as never,
      target_date: `${new Date(clock.now() + 10 * DAY_MS).toISOString().slice(0, 19)}.123456+00:00`,
      lead_time_days: 7,
      phone: '9999912345',
    });
    expect(item.channels.sms?.to).toBe('+919999912345');
    expect(item.dueAt).toBe(clock.now() + 3 * DAY_MS + 124);
  });

  it('stores nothing when anything is wrong, and names all of it', async () => {
    const { create, memory, armed } = setUp();
    const error = await failure(create({ email: undefined as never, send_at: 'soon' }));
    expect(error.code).toBe('validation-failed');
    expect(error.errors?.map(({ pointer }) => pointer)).toContain('/send_at');
    expect(error.errors?.length).toBeGreaterThan(1);
    expect([memory.all(), armed]).toEqual([[], []]);
  });
});

describe('an Idempotency-Key', () => {
  it('with the same body answers the record as it is now, once stored, once armed', async () => {
    const { create, service, memory, armed, input } = setUp();
    const body = input();
    const first = await create(body, 'k');
    await service.cancel({ id: first.item.id, tenant });
    const again = await create(body, 'k');
    expect(again).toMatchObject({ replayed: true, item: { id: first.item.id, status: 'CANCELED' } });
    expect([memory.all().length, armed.length]).toEqual([1, 1]);
  });

  it('of two at once makes one record', async () => {
    const { create, memory, input } = setUp();
    const body = input();
    const results = await Promise.all([1, 2, 3].map(() => create(body, 'k')));
    expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(memory.all()).toHaveLength(1);
  });

  it('with another body is refused, whatever the order of members says', async () => {
    const { create, input, service } = setUp();
    const body = input();
    await create(body, 'k');
    expect((await failure(create({ ...body, entity_id: 'other' }, 'k'))).code).toBe('idempotency-key-reused');
    const reversed = Object.fromEntries(Object.entries(body).reverse()) as NewNotification;
    expect((await service.create({ input: reversed, tenant, idempotencyKey: 'k' })).replayed).toBe(true);
  });

  it('is recognised when its time has long passed', async () => {
    const { create, input, clock } = setUp();
    const body = input();
    await create(body, 'k');
    clock.pass(5 * DAY_MS);
    expect((await create(body, 'k')).replayed).toBe(true);
    expect((await failure(create(body, 'new'))).code).toBe('validation-failed');
  });

  it('is recognised when this release would refuse the body that an earlier one accepted', async () => {
    const { create, input, notifications } = setUp();
    const { item } = await create(input(), 'k');
    const body = input({ phone: '14155550123' });
    await notifications.replace({ ...item, fingerprint: fingerprint(body), writeId: 'earlier release' }, item.writeId);
    expect(await create(body, 'k')).toMatchObject({ replayed: true, item: { id: item.id } });
    expect((await failure(create(body, 'new'))).code).toBe('validation-failed');
    expect((await failure(create({ ...body, entity_id: 'other' }, 'k'))).code).toBe('validation-failed');
    expect((await failure(create(body))).code).toBe('validation-failed');
  });

  it('belongs to its tenant', async () => {
    const { create, input, service, memory } = setUp();
    const body = input();
    await create(body, 'k');
    expect((await service.create({ input: body, tenant: 'other', idempotencyKey: 'k' })).replayed).toBe(false);
    expect(memory.all()).toHaveLength(2);
  });
});

describe('a webhook endpoint', () => {
  const atEndpoint = (endpoint_id: string) => ({ email: undefined as never, endpoint_id });

  it('is named by its id, and shown by it, not by its URL', async () => {
    const { create, endpoints } = setUp();
    const endpoint = makeEndpoint({ tenant });
    await endpoints.create(endpoint);
    const { item } = await create(atEndpoint(endpoint.id));
    expect(item.channels).toMatchObject({ webhook: { to: endpoint.id } });
    const view = viewNotification(item);
    expect(view).toMatchObject({ endpoint_id: endpoint.id });
    expect(view).not.toHaveProperty('webhook_url');
  });

  it('may be disabled, must be there, and of the tenant', async () => {
    const { create, endpoints, memory } = setUp();
    const id = (n: number) => `end_${String(n).repeat(26)}`;
    await endpoints.create(makeEndpoint({ id: id(1), tenant, disabledAt: 1, disabledReason: 'gone' }));
    await endpoints.create(makeEndpoint({ id: id(2), tenant: 'other' }));
    await endpoints.create(makeEndpoint({ id: id(3), tenant, deletedAt: 1 }));
    for (const n of [2, 3, 4]) {
      const { errors } = await failure(create(atEndpoint(id(n))));
      expect(errors).toEqual([{ pointer: '/endpoint_id', detail: 'must name an endpoint that exists' }]);
    }
    expect(memory.all()).toEqual([]);
    await create(atEndpoint(id(1)));
  });

  it('that is gone meanwhile does not keep a repetition from being recognised', async () => {
    const { create, input, endpoints } = setUp();
    const endpoint = makeEndpoint({ tenant });
    await endpoints.create(endpoint);
    const body = input(atEndpoint(endpoint.id));
    await create(body, 'k');
    await endpoints.replace({ ...endpoint, deletedAt: 1, writeId: 'deleted' }, endpoint.writeId);
    expect((await create(body, 'k')).replayed).toBe(true);
    expect((await failure(create(body, 'new'))).code).toBe('validation-failed');
  });

  it('costs a read where it is named, and nothing elsewhere', async () => {
    const kit = setUp();
    let reads = 0;
    const get = (id: string) => {
      reads += 1;
      return kit.endpoints.get(id);
    };
    const service = makeNotificationService({ ...kit, endpoints: { get } });
    await service.create({ input: kit.input({ webhook_url: 'https://example.com/' }), tenant });
    expect(reads).toBe(0);
  });
});

describe('the texts of a notification', () => {
  const bare = { notification_type: 'invoice.created' };

  it('are required of a type without one for e-mail and SMS, and named with every other broken rule', async () => {
    const { create } = setUp();
    expect(await failure(create(bare))).toMatchObject({ code: 'validation-failed', errors: [{ pointer: '/body' }] });
    const { errors } = await failure(create({ ...bare, phone: '12', subject: '{{name}}' }));
    expect(errors?.map(({ pointer }) => pointer)).toEqual(['/phone', '/subject', '/body']);
    const to = { email: undefined as never, webhook_url: 'https://hooks.example.com/' };
    expect((await create({ ...bare, ...to })).item.status).toBe('PENDING');
  });

  it('are no matter for the repetition of what an earlier release accepted', async () => {
    const { create } = setUp();
    const { byType } = textVersions.at(-1) ?? {};
    if (byType) byType['invoice.created'] = { subject: 'S', body: 'B' };
    const { item } = await create(bare, 'key').finally(() => delete byType?.['invoice.created']);
    expect(await create(bare, 'key')).toEqual({ item, replayed: true });
    expect((await failure(create(bare, 'other'))).code).toBe('validation-failed');
  });
});
