/**
 * Schedules in memory, interleaved: every call to a store waits at a checkpoint until a test lets it
 * pass, refuses it, loses its answer, or ends its actor there. Writes are held to the laws as they
 * happen.
 */
import assert from 'node:assert/strict';
import type { Notification } from '../notifications/notification.ts';
import { isOpen } from '../notifications/notification.ts';
import { makeNotificationService } from '../notifications/service.ts';
import { occurrenceId } from '../schedules/occurrence.ts';
import { makeTimetable, type ScheduleTiming } from '../schedules/occurrences.ts';
import { type Schedule, stateOf } from '../schedules/schedule.ts';
import { makeScheduleService } from '../schedules/service.ts';
import { makePlanService } from '../schedules/workers/plan.ts';
import { type Actor, asOutage, makeCheckpoints } from './checkpoints.ts';
import { claimOf } from './claim.ts';
import { makeLawBook } from './law-book.ts';
import { CONTENT, makeSchedulePorts, type ScheduleTestPorts } from './schedule.ts';

export const TENANT = 'acme';
type Service = ReturnType<typeof makeScheduleService>;
type Result = { value: Schedule } | { error: unknown };

export const makeScheduleWorld = () => {
  const base = makeSchedulePorts();
  const { clock, memory, memorySchedules } = base;
  const checkpoints = makeCheckpoints();
  const { broken, law } = makeLawBook();
  /** The timings that its instants are of; one that is paused may have several of a revision. */
  const timings: { revision: number; timing: ScheduleTiming }[] = [];
  /** What was answered about an occurrence: it must hold for ever. */
  const canceled = new Set<string>();
  let isDeleted = false;

  const checkSchedule = (before: Schedule | undefined, after: Schedule): void => {
    assert.ok(after.made >= (before?.made ?? 0) && after.made <= (before?.made ?? 0) + 1, 'one is named at a time');
    assert.ok(
      after.made <= Math.max(after.count ?? Number.POSITIVE_INFINITY, before?.made ?? 0),
      'not more than count',
    );
    assert.ok(after.revision - (before?.revision ?? 0) <= 1 && after.revision >= (before?.revision ?? 0));
    assert.ok(!before?.mark || after.mark || after.writeId !== before.writeId);
    if (after.mark) assert.ok(after.nextCheckAt !== undefined, 'what is marked is on the index');
    if (after.mark) assert.ok(after.content, 'what is marked has its content');
    if (after.deletedAt === undefined) assert.equal(after.expiresAt === undefined, after.endedAt === undefined);
    timings.push({ revision: after.revision, timing: after });
  };

  const checkCreated = (item: Notification): void => {
    assert.ok(!isDeleted || !isOpen(item), 'nothing is made after DELETE was answered');
    const schedule = memorySchedules.raw()[0];
    const isOne = timings.some(
      ({ revision, timing }) =>
        occurrenceId(schedule as Schedule, { revision, at: item.sendAt }) === item.id &&
        makeTimetable(timing).next(item.sendAt - 1) === item.sendAt,
    );
    assert.ok(isOne, 'its id is that of a revision, and of an instant that it has');
  };

  const portsOf = (actor: Actor): ScheduleTestPorts => {
    const through = <T>(step: string, call: () => Promise<T>): Promise<T> =>
      asOutage(checkpoints.through(actor, step, call));
    return {
      ...base,
      schedules: {
        ...base.schedules,
        get: (id) => through('schedules.get', () => base.schedules.get(id)),
        create: (item) =>
          through('schedules.create', async () => {
            const result = await base.schedules.create(item);
            if (result.written) law(() => checkSchedule(undefined, item));
            return result;
          }),
        replace: (next, expected) =>
          through('schedules.replace', async () => {
            const before = memorySchedules.read(next.id);
            const result = await base.schedules.replace(next, expected);
            if (result.written && before?.writeId === expected) law(() => checkSchedule(before, next));
            return result;
          }),
      },
      notifications: {
        ...base.notifications,
        get: (id) => through('get', () => base.notifications.get(id)),
        create: (item) =>
          through('create', async () => {
            const result = await base.notifications.create(item);
            if (result.written) law(() => checkCreated(item));
            return result;
          }),
        replace: (next, expected) => through('replace', () => base.notifications.replace(next, expected)),
      },
    };
  };

  /** Begins something that runs from checkpoint to checkpoint until it is done, fails or dies. */
  const begin = (
    kind: string,
    work: (ports: ScheduleTestPorts) => Promise<unknown>,
    done?: (r: Result) => void,
  ): void => {
    const actor: Actor = { kind, dead: false };
    work(portsOf(actor)).then(
      (value) => law(() => done?.({ value } as Result)),
      (error: unknown) => law(() => done?.({ error })),
    );
  };

  const answered = (result: Result): void => {
    if ('error' in result) return;
    const { pending, deletedAt } = result.value;
    if (deletedAt !== undefined) isDeleted = true;
    if (!pending) return;
    const item = memory.read(pending.id);
    if (pending.outcome === 'canceled') canceled.add(pending.id);
    if (pending.outcome === 'canceled') assert.equal(item?.firstClaimedAt, undefined, 'canceled was never attempted');
    if (pending.outcome === 'too_late') assert.ok(item?.firstClaimedAt !== undefined, 'too late is claimed');
    if (pending.outcome === 'changed')
      assert.equal(item?.firstClaimedAt ?? item?.status, item?.firstClaimedAt ?? item?.status);
  };

  /** What must hold once nothing is in flight: the planned occurrence is the only one ahead. */
  const checkRest = (): void => {
    const [schedule] = memorySchedules.raw();
    if (!schedule) return;
    const ahead = memory.all().filter((item) => isOpen(item) && item.sendAt > clock.now() && !item.firstClaimedAt);
    const claimed = memory.raw().filter((item) => item.firstClaimedAt !== undefined);
    const isRunning = stateOf(schedule) === 'active';
    assert.equal(schedule.mark, undefined, 'nothing stays marked');
    assert.equal(
      schedule.nextCheckAt,
      isRunning ? schedule.occurrence?.at : undefined,
      'it is planned when one is due',
    );
    assert.equal(memory.raw().length, schedule.made, 'what is counted is there');
    assert.equal(new Set(claimed.map(({ sendAt }) => sendAt)).size, claimed.length, 'no instant is sent twice');
    assert.equal(schedule.content === undefined, stateOf(schedule) === 'deleted');
    const planned = isRunning && schedule.occurrence && memory.read(occurrenceId(schedule, schedule.occurrence));
    if (!isRunning) assert.deepEqual(ahead, [], 'nothing is ahead');
    if (!isRunning) return;
    assert.ok(planned, 'what is named is there');
    assert.deepEqual(
      ahead.map(({ id }) => id),
      isOpen(planned) && planned.sendAt > clock.now() ? [planned.id] : [],
    );
    if (ahead.length > 0) assert.equal(planned.body, schedule.content?.body, 'it says what the schedule says');
  };

  return {
    ...base,
    checkpoints,
    checkRest,
    broken,
    law,
    api: (kind: string, work: (service: Service) => Promise<Schedule>): void =>
      begin(kind, (ports) => work(makeScheduleService(ports)), answered),
    plan: (): void => begin('plan', (ports) => makePlanService(ports).pass({ hasTime: () => true })),
    /** By a client, at once. */
    cancelOne: async (id: string): Promise<void> => {
      await makeNotificationService(base)
        .cancel({ id, tenant: TENANT })
        .catch(() => undefined);
    },
    /** Everything that is due and open is claimed at once. */
    claimDue: async (): Promise<void> => {
      for (const item of memory.all().filter((one) => isOpen(one) && one.dueAt <= clock.now() && !one.lease)) {
        law(() => assert.ok(!canceled.has(item.id), 'what was answered as canceled is never claimed'));
        await base.notifications.claim(claimOf(item, clock, item.id));
      }
    },
    occurrences: (): Notification[] => memory.raw().sort((a, b) => a.sendAt - b.sendAt || a.createdAt - b.createdAt),
    schedule: (): Schedule | undefined => memorySchedules.raw()[0],
    create:
      (input: Partial<Parameters<Service['create']>[0]['input']> = {}) =>
      (service: Service) =>
        service
          .create({
            input: { cron: '0 9 * * *', notification: CONTENT, ...input },
            tenant: TENANT,
            idempotencyKey: 'k',
          })
          .then(({ schedule }) => schedule),
  };
};
export type ScheduleWorld = ReturnType<typeof makeScheduleWorld>;
