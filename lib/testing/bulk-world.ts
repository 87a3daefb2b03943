/**
 * Bulk commands among creates, edits, retries, claims and events in processing, in memory: each call of each
 * actor waits at a checkpoint, indexes trail, and what is written is held to the promise as it happens.
 */
import assert from 'node:assert/strict';
import type { BulkJob } from '../bulk/bulk-job.ts';
import type { Selector } from '../bulk/command.ts';
import { resultPageId } from '../bulk/results.ts';
import { makeEventProcessService } from '../events/workers/process.ts';
import { type JobPorts, makeJobService } from '../jobs/service.ts';
import { closed, mapChannels } from '../notifications/channel-record.ts';
import type { Notification } from '../notifications/notification.ts';
import { makeNotificationService } from '../notifications/service.ts';
import type { ItemStore } from '../store/item-store.ts';
import { type BulkPorts, makeBulk, makeBulkPorts } from './bulk.ts';
import { type Actor, asOutage, makeCheckpoints } from './checkpoints.ts';
import { makeEvent } from './event.ts';
import { forever } from './jobs.ts';
import { makeLawBook } from './law-book.ts';

export const TENANT = 'acme';
/** Longer than a run lasts: what is soon stays so. */
const SOON_MS = 6 * 3_600_000;
/** A call that AWS has not answered by then fails: three tries of 3 s, and the pauses between them. */
const CALL_MS = 9_100;

export interface BulkInput {
  entity_id?: string;
  group?: string;
  notification_type?: string;
  /** Only what is due within {@link SOON_MS}. */
  isSoon?: boolean;
}

export const makeBulkWorld = ({ trailMs }: { trailMs: number }) => {
  const base = makeBulkPorts({ settleMs: 15_000 });
  const { clock, memory, stored } = base;
  const checkpoints = makeCheckpoints();
  const begunAt = new WeakMap<(typeof checkpoints.waiting)[number], number>();
  /** When an entry last moved in an index. */
  const movedAt = new Map<string, number>();
  /** By job, as it was ordered: the job forgets it. */
  const selectors = new Map<string, Selector>();
  const { law, throwBroken } = makeLawBook();

  const matches = ({ entityId, group, type, dueBefore }: Selector, item: Notification): boolean =>
    (dueBefore === undefined || item.sendAt < dueBefore) &&
    (entityId === undefined || item.entityId === entityId) &&
    (group === undefined || item.group === group) &&
    (type === undefined || item.type === type);

  const acceptedAt = (item: Notification): number => {
    const event = item.eventId === undefined ? undefined : stored.events.read(item.eventId);
    return Math.max(event?.createdAt ?? item.createdAt, item.editedAt ?? 0);
  };

  /** The commands that promise that it is not sent. */
  const promisedBy = (item: Notification): string[] =>
    (stored.jobs.all() as BulkJob[])
      .filter(({ kind, status }) => kind === 'cancel' && status === 'DONE')
      .filter((job) => matches(selectors.get(job.id) ?? {}, item) && acceptedAt(item) <= job.createdAt)
      .map(({ id }) => id);

  const checkJob = ({ matched, changed, too_late, not_applicable, failed }: BulkJob): void =>
    assert.equal(changed + too_late + not_applicable + failed, matched, 'the counts add up at any time');

  const through = <T>(actor: Actor, step: string, call: () => Promise<T>): Promise<T> => {
    const known = new Set(checkpoints.waiting);
    const passed = checkpoints.through(actor, step, call);
    for (const one of checkpoints.waiting) if (!known.has(one)) begunAt.set(one, clock.real());
    return asOutage(passed);
  };
  const guarded = <T>(
    actor: Actor,
    name: string,
    store: ItemStore<T>,
    written: (item: T, expected?: string) => void = () => undefined,
  ) => ({
    get: (id: string) => through(actor, `${name}.get`, () => store.get(id)),
    create: (item: T) =>
      through(actor, `${name}.create`, () => {
        written(item);
        return store.create(item);
      }),
    replace: (next: T, expected: string) =>
      through(actor, `${name}.replace`, () => {
        written(next, expected);
        return store.replace(next, expected);
      }),
  });

  const noteWrite = ({ kind }: Actor, item: Notification, expected?: string): void => {
    const before = memory.read(item.id);
    const isByCommand = (kind === 'order' || kind === 'worker') && before?.writeId === expected;
    law(() => assert.ok(!isByCommand || before?.bulkJob !== item.bulkJob, 'a command changes a member once'));
    if (!before || before.group !== item.group) movedAt.set(item.id, clock.real());
  };

  const jobPortsOf = (actor: Actor): JobPorts => ({
    ...base.jobPorts,
    jobs: {
      ...base.jobPorts.jobs,
      ...guarded(actor, 'job', base.jobPorts.jobs, (job) => {
        const { id, selector } = job as BulkJob;
        if (selector) selectors.set(id, selector);
        law(() => checkJob(job as BulkJob));
      }),
    },
    places: guarded(actor, 'places', base.jobPorts.places),
    queues: { job: () => through(actor, 'send', async () => undefined) },
  });

  const portsOf = (actor: Actor): BulkPorts => {
    const jobPorts = jobPortsOf(actor);
    return {
      ...base,
      ...{ jobPorts, jobs: makeJobService(jobPorts) },
      notifications: {
        ...base.notifications,
        ...guarded(actor, 'notification', base.notifications, (item, expected) => noteWrite(actor, item, expected)),
        list: (query) =>
          through(actor, 'list', () => {
            const isListed = (id: string) => (movedAt.get(id) ?? 0) + trailMs <= clock.real();
            const matches = (item: Notification) => isListed(item.id) && (query.matches?.(item) ?? true);
            return base.notifications.list({ ...query, matches });
          }),
      },
      events: { ...base.events, ...guarded(actor, 'event', base.events) },
      fences: guarded(actor, 'fence', base.fences),
      results: guarded(actor, 'result', base.results),
    };
  };

  const begin = (kind: string, work: (ports: BulkPorts) => Promise<unknown>): void => {
    const actor: Actor = { kind, dead: false };
    work(portsOf(actor)).catch(() => undefined);
  };

  /** Works on what a process has cached: each is made once. */
  const processors = [0, 1].map((nth) => {
    const actor: Actor = { kind: `events ${nth}`, dead: false };
    return makeEventProcessService(portsOf(actor));
  });
  let published = 0;

  return {
    ...{ base, checkpoints, clock, memory, stored, begin },
    /** Due now, unless it is for later than what is soon. */
    create: (changes: Record<string, unknown>, isLater: boolean) =>
      begin('create', (ports) => {
        const input = { notification_type: 'user.signup', entity_id: 'user-1', email: 'a@example.com' };
        const send_at = new Date(clock.now() + (isLater ? 2 * SOON_MS : 0)).toISOString();
        return makeNotificationService(ports).create({ input: { ...input, send_at, ...changes }, tenant: TENANT });
      }),
    publish: (group: string | undefined): void => {
      published += 1;
      const text = { subject: 'Your order', body: 'It is on its way.', email: 'a@example.com' };
      const payload = { ...text, entity_id: 'user-1', ...(group !== undefined && { group }) };
      const event = makeEvent({ id: `evt_${published}`, tenant: TENANT, type: 'custom', payload });
      stored.events.write({ ...event, createdAt: clock.now(), writeId: `evt_${published}` });
    },
    process: (id: string, by: number): void => void processors[by % 2]?.process(id).catch(() => undefined),
    order: (kind: 'cancel' | 'reschedule', { isSoon, ...named }: BulkInput): void =>
      begin('order', (ports) => {
        const { order } = makeBulk(ports).bulk;
        const input = { ...named, ...(isSoon && { due_before: clock.now() + SOON_MS }) };
        const time = { send_at: new Date(clock.now() + 60_000).toISOString(), if_past: 'send' as const };
        return kind === 'cancel'
          ? order({ kind, input, tenant: TENANT })
          : order({ kind, input: { ...input, ...time }, tenant: TENANT });
      }),
    work: (id: string): void => begin('worker', (ports) => makeBulk(ports).runner.run(id, forever)),
    check: (id: string): void => begin('reconciler', (ports) => makeBulk(ports).runner.check(id)),
    edit: (id: string, patch: Record<string, unknown>): void =>
      begin('edit', (ports) => makeNotificationService(ports).edit({ id, tenant: TENANT, patch })),
    retry: (id: string): void =>
      begin('retry', (ports) => makeNotificationService(ports).retry({ id, tenant: TENANT })),
    /** As a worker does, in one write; then it has failed. */
    claim: async (id: string): Promise<void> => {
      const item = memory.read(id);
      if (!item) return;
      const promised = item.firstClaimedAt === undefined ? promisedBy(item) : [];
      const [now, writeId] = [clock.now(), base.random.token()];
      const lease = { id: writeId, claimedAt: now, until: now + 60_000 };
      const result = await base.notifications.claim({ id, timerSeq: item.timerSeq, now, lease, writeId });
      law(() => assert.ok(!result.written || promised.length === 0, `${id} is sent, although ${promised} is DONE`));
    },
    /** What no worker could process ends without a claim. */
    giveUp: (id: string): void => {
      const item = memory.read(id);
      if (item?.status !== 'PENDING') return;
      const { nextCheckAt: _, ...rest } = item;
      const channels = mapChannels(item, (channel) => closed(channel, 'failed', 'unprocessable'));
      memory.write({ ...rest, status: 'FAILED', channels, endedAt: clock.now(), writeId: base.random.token() });
    },
    /** Calls that last too long fail first. */
    pass: (ms: number): void => {
      for (const one of [...checkpoints.waiting])
        if (clock.real() + ms - (begunAt.get(one) ?? 0) > CALL_MS) one.open('refuse');
      clock.pass(ms);
    },
    promisedBy,
    resultId: resultPageId,
    throwBroken,
  };
};
export type BulkWorld = ReturnType<typeof makeBulkWorld>;
