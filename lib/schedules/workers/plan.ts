/**
 * Plans what is due for it: the next occurrence of each schedule, and what a crash has left marked.
 * A part of the reconciler's pass. Passes may overlap: every write is conditional.
 */
import { forEachParallel } from '../../concurrency/for-each-parallel.ts';
import { makeSetAside } from '../../notifications/workers/set-aside.ts';
import { replaceIn, updateItem } from '../../store/update-item.ts';
import { outsideTrace } from '../../telemetry/tracing.ts';
import { makeScheduleChanges, type ScheduleChangePorts } from '../changes.ts';
import type { DueSchedule, ScheduleIndex } from '../repository.ts';
import type { Schedule } from '../schedule.ts';
import { planned } from '../state/plan.ts';

export interface PlanPorts extends ScheduleChangePorts {
  index: ScheduleIndex;
}

/** Of each shard. */
const PAGE = 50;
const PARALLEL = 10;

/** The first of each tenant, then the second of each, and so on. */
export const alternating = <T extends { tenant: string }>(items: readonly T[]): T[] => {
  const byTenant = Map.groupBy(items, ({ tenant }) => tenant);
  const turns = Math.max(0, ...[...byTenant.values()].map(({ length }) => length));
  return Array.from({ length: turns }, (_, turn) => [...byTenant.values()].flatMap((own) => own[turn] ?? [])).flat();
};

export const makePlanService = (ports: PlanPorts) => {
  const { schedules, index, clock, metrics } = ports;
  const { settle, stamp } = makeScheduleChanges(ports);
  const setAside = makeSetAside({ ...ports, open: index });

  /** Whether anything was to be done. */
  const plan = async (found: Schedule): Promise<boolean> => {
    const current = await settle(found);
    if (found.mark) metrics.reconciled({ kind: 'schedule' });
    const { after } = await updateItem(replaceIn(schedules), current, (schedule) => planned(schedule, stamp()));
    await settle(after);
    return after?.writeId !== found.writeId;
  };

  /** One that cannot be handled fails alone, and is put off. */
  const each = <T extends { due: DueSchedule }>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> =>
    forEachParallel(items, PARALLEL, async (item) => {
      try {
        await work(item);
      } catch (error) {
        await setAside(item.due, error);
      }
    });

  return {
    /** Page by page, until nothing moves any more or there is no time left. Answers how many have moved. */
    pass: async ({ hasTime }: { hasTime(): boolean }): Promise<number> => {
      let total = 0;
      for (let moved = 1; moved > 0 && hasTime(); total += moved) {
        moved = 0;
        const found: { tenant: string; schedule: Schedule; due: DueSchedule }[] = [];
        const page = await index.due(clock.now(), PAGE);
        await each(
          page.map((due) => ({ due })),
          async ({ due }) => {
            const schedule = await schedules.get(due.id);
            if (schedule) found.push({ tenant: schedule.tenant, schedule, due });
          },
        );
        await each(alternating(found), async ({ schedule }) => {
          // What is made does not belong to the trace of this pass.
          if (hasTime() && (await outsideTrace(() => plan(schedule)))) moved += 1;
        });
      }
      return total;
    },
  };
};
