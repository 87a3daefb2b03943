/** Schedules on the real stack, by the virtual clock. */
import { expect, test } from 'vitest';
import type { ScheduleView } from '../../../lib/schedules/view.ts';
import { useTestStack } from '../kit/vitest.ts';

const stack = useTestStack({ env: { RETENTION_DAYS: '400' } });
const SCHEDULES = '/api/v1/schedules/';
const notification = { notification_type: 'custom', entity_id: 'team-7', email: 'team@example.com', body: 'Report' };

const create = async (input: object): Promise<ScheduleView> => {
  const { status, body, text } = await stack.api<ScheduleView>('POST', SCHEDULES, { notification, ...input });
  expect(status, text).toBe(201);
  return body;
};
/** Business time, to the minute, of what arrived for an address, the oldest first. */
const arrived = async (to: string): Promise<string[]> =>
  (await stack.processes.inbox())
    .filter((entry) => entry.to === to)
    .map(({ received_at }) => received_at.slice(0, 16))
    .reverse();

test('a year of a monthly schedule passes: each occurrence arrives once, in its minute', async () => {
  const schedule = await create({ cron: '30 9 L * *', timezone: 'Europe/Berlin' });
  const daily = await create({
    cron: '0 12 * * *',
    count: 10,
    notification: { ...notification, email: 'daily@example.com' },
  });
  const first = Date.parse(schedule.next_occurrences[0] ?? '');
  await stack.pass('P366D');
  const months = await arrived('team@example.com');
  expect(months).toHaveLength(12);
  const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
  for (const [month, at] of months.entries()) {
    expect(berlin.format(new Date(`${at}Z`)), `month ${month}`).toBe('09:30');
    expect(new Date(`${at}Z`).getUTCDate()).toBeGreaterThanOrEqual(28);
  }
  expect(months[0]).toBe(new Date(first).toISOString().slice(0, 16));
  expect(await arrived('daily@example.com')).toHaveLength(10);
  const [read, ended] = await Promise.all(
    [schedule, daily].map(({ id }) => stack.api<ScheduleView>('GET', `${SCHEDULES}${id}`)),
  );
  expect(read?.body).toMatchObject({ state: 'active', made: 13 });
  expect(ended?.body).toMatchObject({ state: 'ended', made: 10, next_occurrences: [] });
});

test('the planned occurrence is changed, canceled with a pause, made again, and canceled with the schedule', async () => {
  const schedule = await create({ cron: '0 0 1 1 *' });
  const path = `${SCHEDULES}${schedule.id}`;
  const planned = schedule.planned?.id ?? '';
  expect(await stack.untilIs(planned, 'SCHEDULED')).toMatchObject({ schedule_id: schedule.id, body: 'Report' });
  const changed = await stack.api<ScheduleView>('PATCH', path, { notification: { body: 'Other' } });
  expect(changed.body).toMatchObject({ pending: { id: planned, outcome: 'changed' }, version: 2 });
  expect(await stack.read(planned)).toMatchObject({ body: 'Other' });
  const paused = await stack.api<ScheduleView>('PATCH', path, { paused: true }, { 'if-match': '"2"' });
  expect(paused.body).toMatchObject({ state: 'paused', pending: { id: planned, outcome: 'canceled' } });
  expect((await stack.read(planned)).status).toBe('CANCELED');
  const resumed = await stack.api<ScheduleView>('PATCH', path, { paused: false });
  const again = resumed.body.planned?.id ?? '';
  expect([again === planned, resumed.body.next_occurrences[0]]).toEqual([false, schedule.next_occurrences[0]]);
  const removed = await stack.api<ScheduleView>('DELETE', path);
  expect(removed.body).toMatchObject({ state: 'deleted', pending: { id: again, outcome: 'canceled' } });
  expect((await stack.api<ScheduleView>('DELETE', path)).body).toEqual(removed.body);
  expect((await stack.api('GET', path)).status).toBe(404);
  expect((await stack.read(again)).status).toBe('CANCELED');
});
