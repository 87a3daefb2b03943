import { describe, expect, it } from 'vitest';
import { setUpBulk } from '../testing/bulk.ts';

const DAY_MS = 86_400_000;

const setUp = async () => {
  const kit = setUpBulk();
  const { ports } = kit;
  const day = (days: number) => new Date(ports.clock.now() + days * DAY_MS).toISOString();
  const withLead = (lead: number) => kit.create({ target_date: day(30), lead_time_days: lead });
  return { ...kit, day, withLead, sendAtOf: (id: string) => kit.read(id)?.sendAt };
};

describe('a bulk reschedule', () => {
  it('cancels what it would move to where a later cancel has promised that nothing is sent', async () => {
    const { cancel, create, day, finish, job, ports, read, reschedule, runner } = await setUp();
    const [promised, other] = [await create({ send_at: day(300) }), await create({ send_at: day(300), group: 'g' })];
    const { list } = ports.notifications;
    ports.notifications.list = async (query) => {
      ports.clock.pass(6_000);
      return list(query);
    };
    const { job: slow } = await reschedule({ entity_id: 'user-1', send_at: day(1) });
    expect(slow).toMatchObject({ status: 'RUNNING', matched: 0 });
    ports.notifications.list = list;
    await ports.notifications.replace({ ...(read(other.id) ?? other), type: 'custom', writeId: 'w' }, other.writeId);
    const { job: later } = await cancel({
      ...{ entity_id: 'user-1', notification_type: 'user.signup' },
      due_before: Date.parse(day(7)),
    });
    expect(await finish(later.id)).toMatchObject({ status: 'DONE', matched: 0 });
    await runner.runToEnd(slow.id);
    expect(job(slow.id)).toMatchObject({ status: 'DONE', matched: 2, changed: 2 });
    expect(read(promised.id)).toMatchObject({ status: 'CANCELED', statusReason: 'bulk', bulkJob: slow.id });
    expect(read(other.id)?.status).toBe('PENDING');
  });

  it('moves the target of each, which keeps its own lead, and leaves the other form of timing', async () => {
    const { create, day, ports, reschedule, results, sendAtOf, withLead } = await setUp();
    const [week, month] = [await withLead(7), await withLead(20)];
    ports.clock.pass(1);
    const exact = await create();
    const { job } = await reschedule({ entity_id: 'user-1', target_date: day(60) });
    expect(job).toMatchObject({ status: 'DONE', matched: 3, changed: 2, not_applicable: 1 });
    const target = Date.parse(day(60));
    expect([week, month].map(({ id }) => sendAtOf(id))).toEqual([target - 7 * DAY_MS, target - 20 * DAY_MS]);
    expect((await results(job.id))[0]).toEqual({ id: exact.id, outcome: 'not_applicable', status: 'PENDING' });
  });

  it('moves send_at of those that have one, and a lead of those with a target', async () => {
    const { create, day, reschedule, sendAtOf, withLead } = await setUp();
    const [lead, exact] = [await withLead(7), await create()];
    await reschedule({ entity_id: 'user-1', send_at: day(3) });
    await reschedule({ entity_id: 'user-1', lead_time_days: 10 });
    expect([exact, lead].map(({ id }) => sendAtOf(id))).toEqual([Date.parse(day(3)), Date.parse(day(20))]);
  });

  it('does with those whose new time has passed what if_past says, and keeps it', async () => {
    const { day, read, reschedule, results, withLead } = await setUp();
    const item = await withLead(20);
    const { job: refused } = await reschedule({ entity_id: 'user-1', target_date: day(10), if_past: 'reject' });
    expect(refused).toMatchObject({ matched: 1, failed: 1 });
    expect(await results(refused.id)).toMatchObject([
      { outcome: 'failed', detail: expect.stringMatching(/^\/target_date: must be/) },
    ]);
    expect(read(item.id)).toMatchObject({ version: 1 });
    const { job: skipped } = await reschedule({ entity_id: 'user-1', target_date: day(10), if_past: 'skip' });
    expect(skipped).toMatchObject({ matched: 1, changed: 1 });
    expect(read(item.id)).toMatchObject({ status: 'CANCELED', statusReason: 'past', ifPast: 'skip' });
  });

  it('leaves what a client edits after as_of: its word is later', async () => {
    const { day, notifications, ports, reschedule, sendAtOf, tenant, withLead } = await setUp();
    const item = await withLead(7);
    const { list } = ports.notifications;
    ports.notifications.list = async (query) => {
      const page = await list(query);
      ports.clock.pass(1);
      await notifications.edit({ id: item.id, tenant, patch: { lead_time_days: 1 } });
      return page;
    };
    const { job } = await reschedule({ entity_id: 'user-1', target_date: day(60) });
    expect(job).toMatchObject({ matched: 1, not_applicable: 1 });
    expect(sendAtOf(item.id)).toBe(Date.parse(day(29)) - 1);
  });

  it('is canceled by a bulk cancel that was ordered later, whichever comes first to a member', async () => {
    const { cancel, day, finish, ports, read, reschedule, withLead } = await setUp();
    const item = await withLead(7);
    ports.clock.pass(1);
    await reschedule({ entity_id: 'user-1', target_date: day(60) });
    ports.clock.pass(1);
    const { job } = await cancel();
    await finish(job.id);
    expect(read(item.id)).toMatchObject({ status: 'CANCELED', bulkJob: job.id });
  });

  it.each([
    [{ target_date: '2020-01-01' }, '/target_date'],
    [{ send_at: 'soon' }, '/send_at'],
    [{ send_at: '2099-01-01' }, '/send_at'],
    [{ timezone: 'Berlin' }, '/timezone'],
  ])('refuses %j with the field and the rule, and writes nothing', async (time, pointer) => {
    const { ports, reschedule } = await setUp();
    await expect(reschedule({ entity_id: 'user-1', ...time })).rejects.toMatchObject({
      code: 'validation-failed',
      errors: [{ pointer }],
    });
    expect(ports.stored.jobs.all()).toEqual([]);
  });
});
