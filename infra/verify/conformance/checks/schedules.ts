/** Schedules: when they occur, what is planned, and what becomes of that when they change. */
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus, pathOf } from '../expect.ts';
import { DAY_MS, type Service } from '../service.ts';
import { NOTIFICATIONS, type Notification, SCHEDULES, type Schedule } from '../shapes.ts';

const check = inGroup('schedules');
const inTime = inGroup('virtual clock');

const contentOf = (service: Service) => ({
  notification_type: service.type,
  entity_id: service.tag,
  email: 'user@example.com',
  body: 'A check of conformance.',
});
/** Once a year, so that nothing of it is due while it is checked. */
const yearlyFrom = (service: Service): string => {
  const day = new Date(service.now() + 100 * DAY_MS);
  return `0 9 ${Math.min(28, day.getUTCDate())} ${day.getUTCMonth() + 1} *`;
};
const create = async (service: Service, input: object = {}, headers: Record<string, string> = {}) => {
  const body = { cron: yearlyFrom(service), notification: contentOf(service), ...input };
  const answer = await service.api<Schedule>('POST', SCHEDULES, body, { headers });
  expectStatus(answer, 201, 'POST /schedules/');
  return answer;
};

export const schedules = [
  check(
    'its first occurrence is planned, an ordinary notification, at the first of the times it shows',
    async (service) => {
      const key = { 'idempotency-key': service.tag };
      const made = await create(service, { timezone: 'Europe/Berlin' }, key);
      const { id, planned, next_occurrences: times, state } = made.body;
      equal(pathOf(made.headers.get('location')), `${SCHEDULES}${id}`);
      deepEqual([state, times.length, planned?.at], ['active', 5, times[0]]);
      const read = await service.api<Schedule>('GET', `${SCHEDULES}${id}`);
      deepEqual([read.status, read.body, read.headers.get('etag')], [200, made.body, '"1"']);
      const occurrence = await service.read(planned?.id ?? '');
      deepEqual([occurrence.send_at, occurrence.entity_id, occurrence.schedule_id], [times[0], service.tag, id]);
      const again = await create(service, { timezone: 'Europe/Berlin' }, key);
      deepEqual([again.headers.get('idempotent-replayed'), again.body], ['true', made.body]);
      const { body: previewed } = await service.api<{ next_occurrences: string[] }>('POST', `${SCHEDULES}preview`, {
        cron: yearlyFrom(service),
        timezone: 'Europe/Berlin',
      });
      deepEqual(previewed.next_occurrences, times);
      await service.until('it is listed', async () => {
        const { body } = await service.api<Schedule[]>('GET', `${SCHEDULES}?limit=100`);
        return body.some((one) => one.id === id);
      });
      await service.api('DELETE', `${SCHEDULES}${id}`);
    },
  ),

  check(
    'changes say what became of the planned occurrence: changed, canceled, and canceled for good',
    async (service) => {
      const { body: made } = await create(service);
      const path = `${SCHEDULES}${made.id}`;
      const patch = (body: object, version: number) =>
        service.api<Schedule>('PATCH', path, body, { headers: { 'if-match': `"${version}"` } });
      const planned = made.planned?.id ?? '';
      const changed = await patch({ notification: { body: 'Another text.' } }, 1);
      expectStatus(changed, 200, 'PATCH');
      deepEqual(changed.body.pending, { id: planned, outcome: 'changed' });
      equal((await service.read(planned)).body, 'Another text.');
      expectProblem(await patch({ count: 1 }, 1), 'precondition-failed');
      const paused = await patch({ paused: true }, 2);
      deepEqual([paused.body.state, paused.body.pending], ['paused', { id: planned, outcome: 'canceled' }]);
      equal((await service.read(planned)).status, 'CANCELED');
      const resumed = await patch({ paused: false }, 3);
      const again = resumed.body.planned?.id ?? '';
      notEqual(again, planned);
      deepEqual(resumed.body.next_occurrences, made.next_occurrences);
      const removed = await service.api<Schedule>('DELETE', path);
      deepEqual([removed.status, removed.body.pending], [200, { id: again, outcome: 'canceled' }]);
      deepEqual((await service.api<Schedule>('DELETE', path)).body, removed.body);
      equal((await service.read(again)).status, 'CANCELED');
      expectProblem(await service.api('GET', path), 'not-found');
    },
  ),

  check('a canceled occurrence is skipped alone: its schedule goes on', async (service) => {
    const { body: made } = await create(service, { count: 2 });
    const planned = made.planned?.id ?? '';
    const canceled = await service.api<Notification>('DELETE', `${NOTIFICATIONS}${planned}`);
    deepEqual([canceled.status, canceled.body.status], [200, 'CANCELED']);
    const { body: read } = await service.api<Schedule>('GET', `${SCHEDULES}${made.id}`);
    deepEqual([read.state, read.next_occurrences], ['active', made.next_occurrences]);
    ok(made.next_occurrences.length === 2, 'count is not kept to');
    await service.api('DELETE', `${SCHEDULES}${made.id}`);
  }),

  check('a schedule that breaks a rule: 400 names the field', async (service) => {
    const content = contentOf(service);
    const wrong: [object, string][] = [
      [{ cron: '* * * * *' }, '/cron'],
      [{ cron: '0 0 30 2 *' }, '/cron'],
      [{ cron: '0 0 9 * * *' }, '/cron'],
      [{ timezone: 'Berlin' }, '/timezone'],
      [{ end: '2020-01-01' }, '/end'],
      [{ notification: { ...content, send_at: service.at(DAY_MS) } }, '/notification/send_at'],
      [{ notification: { ...content, email: undefined } }, '/notification/email'],
    ];
    for (const [input, pointer] of wrong) {
      const body = { cron: yearlyFrom(service), notification: content, ...input };
      expectProblem(await service.api('POST', SCHEDULES, body), 'validation-failed', [pointer]);
    }
  }),
];

/** An advance may end before the reconciler's next pass, which comes once a minute. */
const BY_A_PASS = { deadlineMs: 100_000 };

/** Moves the clock, which every other check sees. */
export const passing = [
  inTime(
    'a daily schedule of two arrives twice, and ends',
    { needs: ['clock', 'receiver'], timeoutMs: 240_000 },
    async (service) => {
      const path = `/${service.tag}`;
      const webhook_url = service.receiver.url(path);
      const { body: made } = await create(service, {
        ...{ cron: '0 9 * * *', count: 2 },
        notification: { ...contentOf(service), webhook_url },
      });
      const read = async () => (await service.api<Schedule>('GET', `${SCHEDULES}${made.id}`)).body;
      for (const at of made.next_occurrences) {
        const isPlanned = async () => {
          const { planned } = await read();
          return planned?.at === at && planned.id;
        };
        const planned = await service.until(`${at} is planned`, isPlanned, BY_A_PASS);
        await service.advanceTo(at);
        await service.untilIs(planned, 'SENT');
      }
      await service.until('it has ended', async () => (await read()).state === 'ended', BY_A_PASS);
      equal(service.receiver.received(path).length, 2);
    },
  ),
];
