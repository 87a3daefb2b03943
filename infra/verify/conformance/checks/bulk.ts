/** Bulk commands: the open part of a group is canceled or moved, all members are answered, counts add up. */
import { deepEqual, equal, notEqual } from 'node:assert/strict';
import type { Answer } from '../../kit/client.ts';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus } from '../expect.ts';
import { DAY_MS, type Service } from '../service.ts';
import { type BulkJob, type BulkResult, NOTIFICATIONS, type Notification } from '../shapes.ts';

const check = inGroup('bulk');
const JOBS = '/api/v1/jobs/';

const order = ({ api }: Service, verb: string, body: Record<string, unknown>): Promise<Answer<BulkJob>> =>
  api<BulkJob>('POST', `${NOTIFICATIONS}${verb}`, body);

const untilDone = (service: Service, { job_id }: BulkJob): Promise<BulkJob> =>
  service.until('the job is done', async () => {
    const { body } = await service.api<BulkJob>('GET', `${JOBS}${job_id}`);
    return body.status === 'DONE' && body;
  });

export const bulk = [
  check(
    'cancels what is open of a group, says what became of each, and leaves the rest',
    { timeoutMs: 90_000 },
    async (service) => {
      const group = `order-${service.type}`;
      const made = [await service.create({ group }), await service.create({ group })];
      const other = await service.create();
      const dry = await order(service, 'cancel', { group, dry_run: true });
      deepEqual([dry.status, dry.body.matched], [200, 2], dry.text);
      const ordered = await order(service, 'cancel', { group });
      expectStatus(ordered, 202, 'cancel');
      const done = await untilDone(service, ordered.body);
      const { matched, changed, too_late, not_applicable, failed } = done;
      deepEqual([matched, changed, too_late, not_applicable, failed], [2, 2, 0, 0, 0]);
      const { body: results } = await service.api<BulkResult[]>('GET', `${JOBS}${done.job_id}/results`);
      deepEqual(results.map(({ id }) => id).sort(), made.map(({ id }) => id).sort());
      for (const { id } of made) {
        const { body } = await service.api<Notification>('GET', `${NOTIFICATIONS}${id}`);
        equal(body.status, 'CANCELED');
      }
      const { body: left } = await service.api<Notification>('GET', `${NOTIFICATIONS}${other.id}`);
      notEqual(left.status, 'CANCELED');
    },
  ),

  check('moves the target of each, which keeps its own lead; a send_at is not applicable', async (service) => {
    const group = `moved-${service.type}`;
    const target = service.at(30 * DAY_MS);
    const leads = [3, 9];
    const made = await Promise.all(
      leads.map((lead_time_days) => service.create({ group, target_date: target, lead_time_days })),
    );
    await service.create({ group, send_at: service.at(5 * DAY_MS) });
    const moved = service.at(60 * DAY_MS);
    const { body } = await order(service, 'reschedule', { group, target_date: moved, if_past: 'reject' });
    const done = await untilDone(service, body);
    deepEqual([done.matched, done.changed, done.not_applicable], [3, 2, 1]);
    for (const [at, { id }] of made.entries()) {
      const { body: after } = await service.api<Notification>('GET', `${NOTIFICATIONS}${id}`);
      equal(Date.parse(after.send_at), Date.parse(moved) - (leads[at] ?? 0) * DAY_MS);
    }
  }),

  check('refuses a command that names neither entity nor group, and a reschedule without if_past', async (service) => {
    expectProblem(await order(service, 'cancel', { dry_run: true }), 'validation-failed', ['/entity_id']);
    const unsaid = await order(service, 'reschedule', { group: 'a', send_at: service.at(DAY_MS) });
    expectProblem(unsaid, 'validation-failed', ['/if_past']);
    expectProblem(await service.api('GET', `${JOBS}blk_none/results`), 'not-found');
  }),
];
