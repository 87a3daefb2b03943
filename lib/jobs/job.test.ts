import { expect, it } from 'vitest';
import { checked, type Job, opened } from './job.ts';

it('a job without progress is looked at later each time, up to 10 minutes, and one that is done never', () => {
  const job: Job = {
    ...opened('RUNNING', { now: 0, writeId: 'v' }),
    ...{ id: 'job_1', tenant: 'default', kind: 'redrive', nextCheckAt: 100 },
  };
  expect(checked(job, { now: 99, writeId: 'w' })).toBeUndefined();
  expect(checked(job, { now: 100, writeId: 'w' })).toEqual({ ...job, nextCheckAt: 120_100, checks: 1, writeId: 'w' });
  expect(checked({ ...job, checks: 9 }, { now: 100, writeId: 'w' })?.nextCheckAt).toBe(600_100);
  const { nextCheckAt: _, ...done } = job;
  expect(checked(done, { now: 1_000_000, writeId: 'w' })).toBeUndefined();
});
