import { describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { draftOf, TEST_KINDS, type TestJob } from '../testing/job-world.ts';
import { forever, makeTestJobs } from '../testing/jobs.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { placesId } from './places.ts';
import { makeJobService } from './service.ts';
import { makeJobCheck } from './workers/check.ts';
import { makeJobRunner } from './workers/run.ts';

const tenant = 'acme';
const allows = () => true;

const setUp = () => {
  const ports = makeTestPorts();
  const { jobPorts, jobs: service, stored } = makeTestJobs(ports, TEST_KINDS);
  const order = async (id: string, of = tenant) => {
    const made = await service.order<TestJob>(draftOf(id, of, 1));
    return made.written ? made.item.status : 'CONFLICT';
  };
  const many = async (count: number) => {
    const ids = Array.from({ length: count }, (_, n) => `one_${String(n).padStart(3, '0')}`);
    for (const id of ids) await order(id);
    return ids;
  };
  const statusOf = (id: string) => stored.jobs.read(id)?.status;
  /** Of a crash between two writes. */
  const end = (id: string) => {
    const job = stored.jobs.read(id);
    if (job) stored.jobs.write({ ...job, status: 'DONE' });
  };
  return { ports, jobPorts, service, stored, order, many, statusOf, end, sent: ports.replayed };
};

describe('an order', () => {
  it('runs at once while fewer than four of the tenant run, and waits without a message after that', async () => {
    const { order, many, sent, statusOf } = setUp();
    const ids = await many(6);
    expect(ids.map(statusOf)).toEqual(['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING', 'QUEUED', 'QUEUED']);
    expect(sent).toEqual(ids.slice(0, 4));
    expect(await order('one_other', 'beta')).toBe('RUNNING');
  });

  it('beyond four running and a hundred waiting is refused with limit-reached, with nothing written', async () => {
    const { order, many, stored } = setUp();
    await many(104);
    const before = [stored.jobs.raw(), stored.places.raw()];
    await expect(order('one_more')).rejects.toMatchObject({ code: 'limit-reached' });
    expect([stored.jobs.raw(), stored.places.raw()]).toEqual(before);
    expect(await order('one_other', 'beta')).toBe('RUNNING');
  });

  it('at the limit finds the places of jobs whose worker crashed after their end', async () => {
    const { order, many, end, statusOf } = setUp();
    const ids = await many(104);
    end(ids[1] ?? '');
    expect(await order('one_more')).toBe('QUEUED');
    expect(statusOf('one_004')).toBe('RUNNING');
  });

  it('for an id that is taken answers the job that has it', async () => {
    const { service, order } = setUp();
    await order('one_1');
    expect(await service.order(draftOf('one_1', tenant, 5))).toMatchObject({ written: false, current: { members: 1 } });
  });

  it('that crashed before its job was stored keeps its place for a minute', async () => {
    const { ports, jobPorts, order, statusOf } = setUp();
    for (const n of [1, 2, 3, 4]) {
      let hasCrashed = false;
      const crash = () => {
        hasCrashed = true;
        return Promise.reject(new Error('crash'));
      };
      const get = (id: string) => (hasCrashed ? crash() : jobPorts.jobs.get(id));
      const crashing = makeJobService({ ...jobPorts, jobs: { ...jobPorts.jobs, create: crash, get } });
      await expect(crashing.order(draftOf(`one_${n}`, tenant, 1))).rejects.toThrow('crash');
    }
    expect(await order('one_5')).toBe('QUEUED');
    ports.clock.pass(60_001);
    expect(await order('one_6')).toBe('RUNNING');
    expect(statusOf('one_5')).toBe('RUNNING');
  });

  it('that could not be stored leaves its place at once', async () => {
    const { jobPorts, order, stored } = setUp();
    const create = () => Promise.reject(new ServiceError('unavailable', 'away'));
    const away = makeJobService({ ...jobPorts, jobs: { ...jobPorts.jobs, create } });
    for (const n of [1, 2, 3, 4, 5]) await expect(away.order(draftOf(`one_${n}`, tenant, 1))).rejects.toThrow('away');
    expect(stored.places.read(placesId(tenant))).toMatchObject({ running: [], queued: [] });
    expect(await order('one_6')).toBe('RUNNING');
  });

  it('finds the places of jobs of an unknown kind a day later, when nothing has given them up', async () => {
    const { ports, stored, order, statusOf } = setUp();
    const running = [1, 2, 3, 4].map((n) => ({ id: `later_${n}`, at: ports.clock.real() }));
    stored.places.write({ id: placesId(tenant), tenant, running, queued: [], createdAt: 0, writeId: 'w' });
    expect(await order('one_1')).toBe('QUEUED');
    ports.clock.pass(86_400_000);
    expect(await order('one_2')).toBe('QUEUED');
    ports.clock.pass(1);
    expect(await order('one_3')).toBe('RUNNING');
    expect(['one_1', 'one_2'].map(statusOf)).toEqual(['RUNNING', 'RUNNING']);
  });

  it('starts at once when its turn came while it was being stored', async () => {
    const { jobPorts, service, many, statusOf, sent } = setUp();
    const [first = ''] = await many(4);
    const create: typeof jobPorts.jobs.create = async (job) => {
      await service.cancel({ id: first, tenant, allows });
      return jobPorts.jobs.create(job);
    };
    const slow = makeJobService({ ...jobPorts, jobs: { ...jobPorts.jobs, create } });
    await slow.order(draftOf('one_slow', tenant, 1));
    expect(statusOf('one_slow')).toBe('RUNNING');
    expect(sent.filter((id) => id === 'one_slow')).toHaveLength(1);
  });
});

describe('cancel', () => {
  it('ends a waiting or a running one, and its place goes to the one that waited longest', async () => {
    const { service, many, statusOf, sent, stored } = setUp();
    const ids = await many(7);
    expect(await service.cancel({ id: 'one_004', tenant, allows })).toMatchObject({ status: 'CANCELED' });
    expect(sent).toEqual(ids.slice(0, 4));
    const canceled = await service.cancel({ id: 'one_002', tenant, allows });
    expect(canceled.finishedAt).toBeDefined();
    expect(canceled).not.toHaveProperty('nextCheckAt');
    expect(statusOf('one_005')).toBe('RUNNING');
    expect(sent.at(-1)).toBe('one_005');
    expect(stored.places.read(placesId(tenant))?.queued).toMatchObject([{ id: 'one_006' }]);
  });

  it('repeats its answer, and refuses what is DONE, what always runs to its end, and what there is not', async () => {
    const { service, order, end } = setUp();
    for (const id of ['one_1', 'one_2', 'two_1']) await order(id);
    const first = await service.cancel({ id: 'one_1', tenant, allows });
    expect(await service.cancel({ id: 'one_1', tenant, allows })).toEqual(first);
    end('one_2');
    await expect(service.cancel({ id: 'one_2', tenant, allows })).rejects.toMatchObject({
      code: 'already-ended',
      extensions: { job_status: 'DONE' },
    });
    await expect(service.cancel({ id: 'two_1', tenant, allows })).rejects.toMatchObject({ code: 'not-cancelable' });
    for (const address of [
      { id: 'one_none', tenant },
      { id: 'two_none', tenant },
      { id: 'ntf_1', tenant },
      { id: 'one_1', tenant: 'beta' },
    ]) {
      await expect(service.cancel({ ...address, allows })).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  it('is answered also when its place cannot be freed: the next order does', async () => {
    const { jobPorts, many, order, statusOf } = setUp();
    await many(5);
    const get = () => Promise.reject(new Error('away'));
    const service = makeJobService({ ...jobPorts, places: { ...jobPorts.places, get } });
    expect(await service.cancel({ id: 'one_000', tenant, allows })).toMatchObject({ status: 'CANCELED' });
    expect(statusOf('one_004')).toBe('QUEUED');
    await order('one_005');
    expect(statusOf('one_004')).toBe('RUNNING');
  });

  it('counts the page that was in flight', async () => {
    const { jobPorts, service, order, stored } = setUp();
    await order('one_1');
    const step = async (job: TestJob) => {
      await service.cancel({ id: job.id, tenant, allows });
      return { next: { ...job, done: 2 }, end: 'DONE' as const };
    };
    const work = { begin: () => ({ step }) };
    const runner = makeJobRunner({ ...jobPorts, workOf: () => work as never });
    await runner.run('one_1', forever);
    expect(stored.jobs.read('one_1')).toMatchObject({ status: 'CANCELED', done: 2 });
    expect(stored.jobs.read('one_1')).not.toHaveProperty('canceledFrom');
  });
});

describe('list and get', () => {
  it('show what the caller has the scope of', async () => {
    const { jobPorts, ports, order } = setUp();
    const [one, two] = TEST_KINDS.map((kind, n) => (n === 1 ? { ...kind, scopes: { read: 'admin' as const } } : kind));
    const service = makeJobService({ ...jobPorts, kinds: [one, two].flatMap((kind) => kind ?? []) });
    for (const id of ['one_1', 'two_1', 'one_2']) {
      ports.clock.pass(1_000);
      await order(id);
    }
    const reads = (scope: string) => scope !== 'admin';
    const ids = async (query: object) =>
      (await service.list({ tenant, limit: 10, allows, ...query })).items.map(({ id }) => id);
    expect(await ids({})).toEqual(['one_2', 'two_1', 'one_1']);
    expect(await ids({ allows: reads })).toEqual(['one_2', 'one_1']);
    expect(await ids({ status: 'DONE' })).toEqual([]);
    expect(await ids({ kind: 'erasure' })).toEqual([]);
    expect(await service.get({ id: 'two_1', tenant, allows })).toMatchObject({ id: 'two_1' });
    await expect(service.get({ id: 'two_1', tenant, allows: reads })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(service.get({ id: 'two_none', tenant, allows: reads })).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('the check of the reconciler', () => {
  it('gives a job that has lost its place another one, and starts what should be running', async () => {
    const { ports, jobPorts, many, end, statusOf, stored, sent } = setUp();
    await many(5);
    const places = stored.places.read(placesId(tenant));
    if (places) stored.places.write({ ...places, queued: [] });
    end('one_000');
    ports.clock.pass(120_000);
    const check = makeJobCheck(jobPorts);
    expect(await check('one_004')).toBe(true);
    expect(statusOf('one_004')).toBe('RUNNING');
    expect(sent.filter((id) => id === 'one_004')).toHaveLength(1);
    expect(ports.recording.count('reconciled')).toBe(0);
    expect(await check('one_001')).toBe(true);
    expect(ports.recording.calls).toContainEqual({ verb: 'reconciled', args: [{ kind: 'job' }] });
  });

  it('resumes a job of an earlier release, which runs without a place, and counts it from then on', async () => {
    const { ports, jobPorts, service, stored, order, sent } = setUp();
    await order('one_1');
    stored.places.write({ ...stored.places.raw()[0], running: [] } as never);
    ports.clock.pass(120_000);
    expect(await makeJobCheck(jobPorts)('one_1')).toBe(true);
    expect(sent).toEqual(['one_1', 'one_1']);
    expect(stored.places.read(placesId(tenant))?.running).toMatchObject([{ id: 'one_1' }]);
    await service.cancel({ id: 'one_1', tenant, allows });
    expect(stored.places.read(placesId(tenant))?.running).toEqual([]);
  });
});
