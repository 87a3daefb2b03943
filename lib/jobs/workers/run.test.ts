import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import { draftOf, TEST_KINDS, type TestJob } from '../../testing/job-world.ts';
import { forever, makeTestJobs } from '../../testing/jobs.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import type { Step } from '../kind.ts';
import { placesId } from '../places.ts';
import { makeJobRunner } from './run.ts';

const tenant = 'acme';

/** @param pageMs what a page takes */
const setUp = async (members: number, pageMs: number, isCarriedOut = false) => {
  const ports = makeTestPorts();
  const { clock } = ports;
  const sent: number[] = [];
  const queues = { job: async (_: unknown, _kind: string, seconds: number) => void sent.push(seconds) };
  const { jobPorts, jobs, stored } = makeTestJobs({ ...ports, queues: { ...ports.queues, ...queues } }, TEST_KINDS);
  const state: { page: (job: TestJob) => Step<TestJob> } = {
    page: (job) => {
      const next = { ...job, done: job.done + 1 };
      return next.done === members ? { next, end: 'DONE' } : { next };
    },
  };
  const step = async (job: TestJob) => {
    clock.pass(pageMs);
    return state.page(job);
  };
  const work = { begin: () => ({ step }) };
  const runner = makeJobRunner({ ...jobPorts, workOf: () => work as never });
  const made = await jobs.order<TestJob>(draftOf('one_1', tenant, members), { isCarriedOut });
  if (!made.written) throw new Error('not ordered');
  const job = () => stored.jobs.read('one_1') as TestJob;
  return { ports, runner, sent, state, job, made: made.item, stored };
};

describe('a slice', () => {
  it('ends before a page would take it beyond 10 s, and sends the job on at once', async () => {
    const { runner, sent, job } = await setUp(20, 3_000);
    await runner.run('one_1', forever);
    expect(job()).toMatchObject({ status: 'RUNNING', done: 3 });
    expect(sent).toEqual([1, 0]);
  });

  it('begins a page however long one takes, and leaves a job that pauses alone for as long', async () => {
    const { runner, sent, state, job, ports } = await setUp(20, 60_000);
    await runner.run('one_1', forever);
    expect(job().done).toBe(1);
    state.page = (next) => ({ next, pauseSeconds: 300 });
    await runner.run('one_1', forever);
    expect(sent).toEqual([1, 0, 300]);
    expect(job().nextCheckAt).toBe(ports.clock.now() + 300_000 + 120_000);
  });

  it('begins none when the invocation is nearly used up', async () => {
    const { runner, sent, job } = await setUp(20, 3_000);
    await runner.run('one_1', { remainingMs: () => 14_999 });
    expect(job().done).toBe(0);
    expect(sent).toEqual([1, 0]);
  });

  it('throws in an outage, whatever its length, and the job goes on where it was', async () => {
    const { runner, state, job } = await setUp(2, 0);
    const { page } = state;
    state.page = () => {
      throw new ServiceError('unavailable', 'away');
    };
    for (let time = 0; time < 20; time += 1) await expect(runner.run('one_1', forever)).rejects.toThrow('away');
    expect(job()).toMatchObject({ status: 'RUNNING', done: 0 });
    state.page = page;
    await runner.run('one_1', forever);
    expect(job()).toMatchObject({ status: 'DONE', done: 2 });
  });

  it('ends a job FAILED, with the reason, where its kind says that it is hopeless', async () => {
    const { runner, state, job, stored } = await setUp(2, 0);
    state.page = (next) => ({ next, end: 'FAILED', reason: 'too_many' });
    await runner.run('one_1', forever);
    expect(job()).toMatchObject({ status: 'FAILED', reason: 'too_many', finishedAt: expect.any(Number) });
    expect(stored.places.read(placesId(tenant))?.running).toEqual([]);
  });

  it('frees the place of a job whose worker crashed after its last write', async () => {
    const { runner, job, stored } = await setUp(1, 0);
    stored.jobs.write({ ...job(), status: 'DONE' });
    await runner.run('one_1', forever);
    expect(stored.places.read(placesId(tenant))?.running).toEqual([]);
  });
});

describe('the first slice, within the request', () => {
  it('answers a job that is done, without a message', async () => {
    const { runner, sent, made } = await setUp(2, 100, true);
    expect(await runner.runFirst(made, 5_000)).toMatchObject({ status: 'DONE', done: 2 });
    expect(sent).toEqual([]);
  });

  it('ends before a page would take it beyond its time, and hands over to the queue', async () => {
    const { runner, sent, made, job } = await setUp(20, 2_000, true);
    const answered = await runner.runFirst(made, 5_000);
    expect(answered).toMatchObject({ status: 'RUNNING', done: 2 });
    expect(answered).toEqual(job());
    expect(sent).toEqual([0]);
    await runner.run('one_1', forever);
    expect(job().done).toBe(7);
  });

  it('ends with the first pause', async () => {
    const { runner, sent, made, state } = await setUp(20, 0, true);
    state.page = (job) => ({ next: { ...job, done: 9 }, pauseSeconds: 15 });
    expect(await runner.runFirst(made, 5_000)).toMatchObject({ status: 'RUNNING', done: 9 });
    expect(sent).toEqual([15]);
  });

  it('in an outage answers the job as it is stored, and leaves the rest to the queue', async () => {
    const { runner, sent, made, state } = await setUp(20, 0, true);
    const { page } = state;
    state.page = (job) => {
      if (job.done === 3) throw new ServiceError('unavailable', 'away');
      return page(job);
    };
    expect(await runner.runFirst(made, 5_000)).toMatchObject({ status: 'RUNNING', done: 3 });
    expect(sent).toEqual([0]);
  });

  it('is none for a job that waits for its turn', async () => {
    const { runner, sent, made } = await setUp(20, 0, true);
    const waiting: TestJob = { ...made, status: 'QUEUED' };
    expect(await runner.runFirst(waiting, 5_000)).toEqual(waiting);
    expect(sent).toEqual([]);
  });
});
