/** Work on many records: what a tenant has ordered is listed, watched, and ended by a cancel. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus } from '../expect.ts';
import { ERASURE, JOBS, type Job, LETTERS, type RedriveJob } from '../shapes.ts';

const check = inGroup('jobs');
const ENDED = ['DONE', 'FAILED', 'CANCELED'];

export const jobs = [
  check('a redrive is listed as a job, says how it stands, and ends', async (service) => {
    const order = { kind: 'delivery', notification_type: service.type };
    const ordered = await service.api<RedriveJob>('POST', `${LETTERS}redrive`, order);
    expectStatus(ordered, 202, 'POST /dead-letters/redrive');
    const { job_id: id } = ordered.body;
    ok(['QUEUED', 'RUNNING'].includes(ordered.body.status), ordered.text);
    const listed = await service.until('it is listed', async () => {
      const { body } = await service.api<Job[]>('GET', `${JOBS}?kind=redrive&limit=100`);
      return body.find(({ job_id }) => job_id === id);
    });
    equal(listed.kind, 'redrive');
    const done = await service.until('it is done', async () => {
      const { body } = await service.api<Job>('GET', `${JOBS}${id}`);
      return body.status === 'DONE' && body;
    });
    deepEqual(done, (await service.api('GET', `${LETTERS}redrive/${id}`)).body);
    ok(done.created_at <= (done.finished_at ?? ''), 'it ends after its order');
    expectProblem(await service.api('POST', `${JOBS}${id}/cancel`), 'already-ended');
  }),

  check('a cancel ends a job for good, unless it is done already', async (service) => {
    const order = { kind: 'delivery', notification_type: service.type };
    const { body } = await service.api<RedriveJob>('POST', `${LETTERS}redrive`, order);
    const first = await service.api<Job>('POST', `${JOBS}${body.job_id}/cancel`);
    if (first.status === 409) return void expectProblem(first, 'already-ended');
    deepEqual([first.status, first.body.status], [200, 'CANCELED'], first.text);
    deepEqual((await service.api('POST', `${JOBS}${body.job_id}/cancel`)).body, first.body);
    deepEqual((await service.api('GET', `${JOBS}${body.job_id}`)).body, first.body);
  }),

  check('an erasure is a job for those who may erase, and is not canceled', async (service) => {
    const ordered = await service.api<Job>('POST', ERASURE, { email: `none.${service.tag}@example.com` });
    const path = `${JOBS}${ordered.status === 403 ? 'era_none' : ordered.body.job_id}`;
    if (ordered.status === 403) return void expectProblem(await service.api('GET', path), 'forbidden');
    deepEqual((await service.api<Job>('GET', path)).body.kind, 'erasure');
    expectProblem(await service.api('POST', `${path}/cancel`), 'not-cancelable');
    await service.until('it ends', async () => ENDED.includes((await service.api<Job>('GET', path)).body.status));
  }),

  check('a job that is none is 404, and an unknown filter 400', async ({ api }) => {
    for (const id of ['job_none', 'ntf_1', 'none']) expectProblem(await api('GET', `${JOBS}${id}`), 'not-found');
    expectProblem(await api('POST', `${JOBS}job_none/cancel`), 'not-found');
    expectProblem(await api('GET', `${JOBS}?kind=none&status=open`), 'validation-failed');
  }),
];
