import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drafted, finished, progressed as pageDone, type RedriveJob } from '../../dead-letters/redrive-job.ts';
import { drafted as draftedErasure, type ErasureJob } from '../../erasure/erasure-job.ts';
import { ended, type Job, opened, progressed } from '../../jobs/job.ts';
import type { JobStore } from '../../jobs/repository.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { itemStoreConforms } from '../../testing/item-store.conformance.ts';
import { makeMemoryJobStore } from '../../testing/jobs.ts';
import type { Item } from '../table/table.ts';
import { makeJobStore } from './job-store.ts';
import { makeOpenIndex } from './open-index.ts';

const clock = makeTestClock();
const tenant = 'default';
let dynamo: DynamoFixture;
let made = 0;

beforeAll(async () => {
  dynamo = await startDynamo(clock);
});
afterAll(() => dynamo.stop());

const redriveJob = (changes: Partial<RedriveJob> = {}): RedriveJob => {
  made += 1;
  const id = `job_${made}`;
  const ordered = { id, tenant, kind: 'redrive' as const, filters: { since: 1 }, perSecond: 9, matched: 3 };
  const on = { now: clock.now(), writeId: `written-${id}` };
  return { ...drafted(ordered), ...opened('RUNNING', on), ...changes };
};
const erasureJob = (id: string, changes: Partial<ErasureJob> = {}): ErasureJob => {
  const on = { now: clock.now(), writeId: `written-${id}` };
  return { ...draftedErasure({ id, tenant, by: 'email', value: 'a@b.co' }), ...opened('QUEUED', on), ...changes };
};

const memory = makeMemoryJobStore(clock);
describe.each<[string, () => JobStore]>([
  ['memory', () => memory.store],
  ['the table', () => makeJobStore(dynamo.table)],
])('jobs in %s', (_, store) => {
  itemStoreConforms<Job>({ store, clock, make: (changes = {}) => redriveJob(changes) });

  it('are listed newest first, page by page, of one tenant, those that match', async () => {
    const of = 'lister';
    const jobs: Job[] = [];
    for (const n of [1, 2, 3, 4]) {
      clock.pass(1_000);
      jobs.push(n === 2 ? erasureJob('era_2', { tenant: of }) : redriveJob({ tenant: of }));
    }
    for (const job of [...jobs, redriveJob({ tenant: 'other' })]) await store().create(job);
    const [oldest, erasure, third, newest] = jobs;
    const first = await store().list({ tenant: of, limit: 2 });
    expect(first.items).toEqual([newest, third]);
    const second = await store().list({ tenant: of, limit: 2, before: first.next ?? '' });
    expect(second).toEqual({ items: [erasure, oldest] });
    const erasures = await store().list({ tenant: of, limit: 2, matches: ({ kind }) => kind === 'erasure' });
    expect(erasures.items).toEqual([erasure]);
  });
});

describe('a job in the table', () => {
  it('comes back whole at every step, and is on the reconciler index while it is open', async () => {
    const jobs = makeJobStore(dynamo.table);
    const open = makeOpenIndex(dynamo.table);
    const now = clock.now() + 86_400_000;
    const first = { ...redriveJob({ id: 'job_whole' }), ...opened('QUEUED', { now, writeId: 'a' }) };
    const isDue = async () => (await open.due(now + 120_000, 1_000)).filter(({ id }) => id === 'job_whole');
    await jobs.create(first);
    expect(await jobs.get('job_whole')).toEqual(first);
    expect(await isDue()).toMatchObject([{ kind: 'job', nextCheckAt: now + 120_000 }]);
    const tally = { redriven: 1, skipped: 0, failed: 0 };
    const second = progressed(pageDone(first, tally, { ids: ['ntf_1'], next: 'p' }), { now, writeId: 'b' });
    expect(await jobs.replace(second, 'a')).toMatchObject({ written: true });
    const on = { now, writeId: 'c', retentionMs: 86_400_000 };
    const third = ended(finished(second, tally).next, { status: 'FAILED', reason: 'too_many' }, on);
    await jobs.replace(third, 'b');
    expect(await jobs.get('job_whole')).toEqual(third);
    expect(await isDue()).toEqual([]);
  });

  it('of the first format is read, and listed from its next write on', async () => {
    const jobs = makeJobStore(dynamo.table);
    const job = redriveJob({ tenant: 'first' });
    const { kind: _, startedAt: __, ...before } = job;
    const stored = {
      id: job.id,
      write_id: job.writeId,
      ...Object.fromEntries(
        Object.entries({
          tenant: 'first',
          status: 'RUNNING',
          filters: { since: 1 },
          per_second: 9,
          matched: 3,
          redriven: 0,
          skipped: 0,
          failed: 0,
          page: [],
          last: false,
          checks: 0,
          next_check_at: job.nextCheckAt,
          updated_at: job.updatedAt,
          created_at: job.createdAt,
        }),
      ),
    };
    await dynamo.table.create<Item>(stored as Item, { toItem: (item) => item, fromItem: (item) => item });
    const found = await jobs.get(job.id);
    expect(found).toEqual({ ...before, kind: 'redrive' });
    expect((await jobs.list({ tenant: 'first', limit: 10 })).items).toEqual([]);
    if (found) await jobs.replace(progressed(found, { now: clock.now(), writeId: 'next' }), found.writeId);
    expect((await jobs.list({ tenant: 'first', limit: 10 })).items).toMatchObject([{ id: job.id, kind: 'redrive' }]);
  });

  it('of a kind that this release does not know is no job, and hides no other from the list', async () => {
    const jobs = makeJobStore(dynamo.table);
    const known = redriveJob({ tenant: 'mixed' });
    await jobs.create(known);
    const position = '9999999999999#zzz_1';
    const later = { id: 'zzz_1', write_id: 'w', list_key: 'mixed#j', position, tenant: 'mixed', created_at: 1 };
    await dynamo.table.create<Item>(later as Item, { toItem: (item) => item, fromItem: (item) => item });
    expect(await jobs.get('zzz_1')).toBeUndefined();
    expect((await jobs.list({ tenant: 'mixed', limit: 1 })).items).toEqual([known]);
  });
});
