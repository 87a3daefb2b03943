/**
 * Jobs of several tenants and kinds in memory, with their queue: the real services over ports with
 * checkpoints. Every write is checked against the laws as it happens.
 */
import assert from 'node:assert/strict';
import { isEnded, type Job, type JobDraft } from '../jobs/job.ts';
import type { JobKind, JobWork } from '../jobs/kind.ts';
import { type Places, RUNNING_MAX } from '../jobs/places.ts';
import { type JobPorts, makeJobService } from '../jobs/service.ts';
import { makeJobCheck } from '../jobs/workers/check.ts';
import { makeJobRunner } from '../jobs/workers/run.ts';
import type { ItemStore } from '../store/item-store.ts';
import { type Actor, makeCheckpoints } from './checkpoints.ts';
import { makeMemoryJobStore } from './jobs.ts';
import { makeLawBook } from './law-book.ts';
import { makeMemoryItems } from './memory-store.ts';
import { makeTestPorts } from './ports.ts';

const VISIBILITY_MS = 360_000;
const RECEIVES_MAX = 5;
/** A request ends after that, whatever it waits for. */
const REQUEST_MS = 30_000;
const PAGE = 2;
/** A page takes so long: three make a slice. */
const PAGE_MS = 3_000;
/** More members than that are hopeless. */
export const MEMBERS_MAX = 7;

/** Works on so many members, page by page; a page is planned by the write before it. */
export interface TestJob extends Job {
  members: number;
  done: number;
  page: number[];
}

const kindOf = (prefix: string, cancel?: 'notifications:write'): JobKind => ({
  prefix,
  fields: {},
  viewSchema: undefined as never,
  view: (job) => job,
  scopes: { read: 'notifications:read', ...(cancel && { cancel }) },
  message: 'job',
  settleSeconds: 1,
});
export const TEST_KINDS = [kindOf('one_', 'notifications:write'), kindOf('two_')];

export const draftOf = (id: string, tenant: string, members: number): JobDraft<TestJob> => ({
  ...{ id, tenant, kind: 'redrive', members, done: 0, page: [] },
});

export interface JobMessage {
  id: string;
  availableAt: number;
  visibleAt: number;
  receives: number;
}

export const makeJobWorld = () => {
  const base = makeTestPorts();
  const { clock, random, metrics, log, policy } = base;
  const checkpoints = makeCheckpoints();
  const jobs = makeMemoryJobStore(clock);
  const places = makeMemoryItems<Places>(clock);
  const messages: JobMessage[] = [];
  /** The members that were worked on, by job. */
  const worked = new Map<string, Set<number>>();
  const { law, throwBroken } = makeLawBook();
  const orders: { actor: Actor; began: number }[] = [];

  const checkJob = (before: Job | undefined, after: Job): void => {
    const running = jobs.all().filter(({ tenant, status }) => tenant === after.tenant && status === 'RUNNING');
    assert.ok(running.length <= RUNNING_MAX, 'four jobs of a tenant run at most');
    assert.equal(after.nextCheckAt === undefined, isEnded(after), 'what is open is watched, what has ended is not');
    assert.equal(after.expiresAt === undefined, !isEnded(after), 'what is open has no TTL');
    if (!before) return;
    if (isEnded(before)) assert.equal(after.status, before.status, 'an end is final');
    if (before.status === 'RUNNING') assert.notEqual(after.status, 'QUEUED', 'what runs never waits again');
    if (before.status === 'QUEUED') assert.ok(['QUEUED', 'RUNNING', 'CANCELED'].includes(after.status));
    const isProgress = (after as TestJob).done !== (before as TestJob).done;
    if (isProgress) assert.notEqual(before.status, 'QUEUED', 'only what runs makes progress');
    if (after.status === 'FAILED') assert.ok((after as TestJob).members > MEMBERS_MAX, 'only the hopeless FAILED');
  };
  const checkPlaces = (before: Places | undefined, after: Places): void => {
    const idsOf = (list: readonly { id: string }[] = []) => list.map(({ id }) => id);
    const waited = idsOf(before?.queued);
    const next = idsOf([...after.running, ...after.queued]);
    const left = waited.filter((id) => next.includes(id));
    assert.deepEqual(
      next.filter((id) => waited.includes(id)),
      left,
      'first come, first served',
    );
    const hasStarted = idsOf(after.running).some((id) => waited.includes(id));
    assert.ok(!hasStarted || after.running.length <= RUNNING_MAX, 'none is started beyond four');
  };

  /** A store whose calls pass checkpoints, and whose writes are held to the law. */
  const guarded = <T extends { id: string }>(
    actor: Actor,
    name: string,
    memory: { store: ItemStore<T>; read(id: string): T | undefined },
    check: (before: T | undefined, after: T) => void,
  ): ItemStore<T> => {
    const observed = <R>(id: string, write: () => Promise<R>): Promise<R> => {
      const before = memory.read(id);
      const result = write();
      const after = memory.read(id);
      if (after && JSON.stringify(after) !== JSON.stringify(before)) law(() => check(before, after));
      return result;
    };
    const { store } = memory;
    return {
      get: (id) => checkpoints.through(actor, `${name}.get`, () => store.get(id)),
      create: (item) => checkpoints.through(actor, `${name}.create`, () => observed(item.id, () => store.create(item))),
      replace: (next, expected) =>
        checkpoints.through(actor, `${name}.replace`, () => observed(next.id, () => store.replace(next, expected))),
    };
  };

  const workOf = (actor: Actor): JobWork => {
    let late = 0;
    const step = async (found: Job) => {
      const job = found as TestJob;
      const current = jobs.read(job.id);
      if (current && isEnded(current)) late += 1;
      law(() => assert.ok(late <= 1, 'a worker ends with the page that it had begun'));
      await checkpoints.through(actor, 'page', async () => {
        const set = worked.get(job.id) ?? new Set();
        for (const member of job.page) set.add(member);
        worked.set(job.id, set);
        clock.pass(PAGE_MS);
      });
      if (job.members > MEMBERS_MAX) return { next: job, end: 'FAILED', reason: 'too_many' } as const;
      const done = job.done + job.page.length;
      const page = Array.from({ length: Math.min(PAGE, job.members - done) }, (_, n) => done + n);
      const next: TestJob = { ...job, done, page };
      return page.length === 0 ? ({ next, end: 'DONE' } as const) : { next };
    };
    return { begin: () => ({ step }) };
  };

  const portsOf = (actor: Actor): JobPorts => ({
    ...{ clock, random, metrics, log, policy, kinds: TEST_KINDS },
    jobs: { ...guarded(actor, 'jobs', jobs, checkJob), list: jobs.store.list },
    places: guarded(actor, 'places', places, checkPlaces),
    queues: {
      job: ({ id }, _kind, delaySeconds) =>
        checkpoints.through(actor, 'send', async () => {
          messages.push({ id, availableAt: clock.now() + delaySeconds * 1000, visibleAt: 0, receives: 0 });
        }),
    },
  });

  /** Begins something that runs from checkpoint to checkpoint until it is done, fails or dies. */
  const begin = <T>(
    kind: string,
    work: (ports: JobPorts, actor: Actor) => Promise<T>,
    done: (value: T) => void = () => undefined,
  ): void => {
    const actor: Actor = { kind, dead: false };
    if (kind === 'order') orders.push({ actor, began: clock.real() });
    work(portsOf(actor), actor).then(
      (value) => law(() => done(value)),
      () => undefined,
    );
  };
  const remove = (message: JobMessage): void => {
    if (messages.includes(message)) messages.splice(messages.indexOf(message), 1);
  };
  const deliver = (id: string, acknowledge: () => void = () => undefined): void => {
    const began = clock.real();
    const remainingMs = () => 60_000 - (clock.real() - began);
    begin(
      'worker',
      (ports, actor) => makeJobRunner({ ...ports, workOf: () => workOf(actor) }).run(id, { remainingMs }),
      acknowledge,
    );
  };

  return {
    clock,
    checkpoints,
    jobs,
    messages,
    worked,
    begin,
    deliver,
    receive: (message: JobMessage): void => {
      message.visibleAt = clock.real() + VISIBILITY_MS;
      message.receives += 1;
      // The dead-letter queue has it: it says nothing that the job does not.
      if (message.receives > RECEIVES_MAX) remove(message);
      else deliver(message.id, () => remove(message));
    },
    order: (draft: JobDraft<TestJob>, done: (id: string) => void, isCarriedOut = false): void =>
      begin(
        'order',
        async (ports, actor) => {
          const result = await makeJobService(ports).order<TestJob>(draft, { isCarriedOut });
          if (!isCarriedOut || !result.written) return;
          await makeJobRunner({ ...ports, workOf: () => workOf(actor) }).runFirst(result.item, 5_000);
        },
        () => done(draft.id),
      ),
    cancel: (id: string, tenant: string, done: (job: Job) => void): void =>
      begin('cancel', (ports) => makeJobService(ports).cancel({ id, tenant, allows: () => true }), done),
    ready: (): JobMessage[] =>
      messages.filter(({ availableAt, visibleAt }) => availableAt <= clock.now() && visibleAt <= clock.real()),
    reconcile: (): void => {
      const due = jobs.all().filter(({ nextCheckAt }) => nextCheckAt !== undefined && nextCheckAt <= clock.now());
      for (const { id } of due) begin('reconciler', (ports) => makeJobCheck(ports)(id));
    },
    pass: (ms: number): void => {
      clock.pass(ms);
      const over = orders.filter(({ began }) => clock.real() - began > REQUEST_MS).map(({ actor }) => actor);
      for (const one of checkpoints.waiting.filter(({ actor }) => over.includes(actor))) one.open('die');
    },
    throwBroken,
  };
};
export type JobWorld = ReturnType<typeof makeJobWorld>;
