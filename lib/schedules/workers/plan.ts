/**
 * Plans what is due for it: the next occurrence of each schedule, and what a crash has left marked.
 * A part of the reconciler's pass. Passes may overlap: every write is conditional.
 */
import { forEachParallel } from '../../concurrency/for-each-parallel.ts';
import { makeSetAside } from '../../notifications/workers/set-aside.ts';
import { replaceIn, updateItem } from '../../store/update-item.ts';
import { outsideTrace } from '../../telemetry/tracing.ts';
import { makeScheduleChanges, type ScheduleChangePorts } from '../changes.ts';
import type { ScheduleIndex } from '../repository.ts';
import { tenantPart } from '../schedule-id.ts';
import { planned } from '../state/plan.ts';

export interface PlanPorts extends ScheduleChangePorts {
  index: ScheduleIndex;
}

/** Of each shard. A tenant has fewer. */
const DUE_MAX = 2_500;
const PARALLEL = 10;

/** The first of each group, then the second of each, and so on. */
export const alternating = <T>(items: readonly T[], groupOf: (item: T) => string): T[] => {
  const groups = [...Map.groupBy(items, groupOf).values()];
  const turns = Math.max(0, ...groups.map(({ length }) => length));
  return Array.from({ length: turns }, (_, turn) => groups.flatMap((group) => group[turn] ?? [])).flat();
};

export const makePlanService = (ports: PlanPorts) => {
  const { schedules, index, clock, metrics } = ports;
  const { settle, stamp } = makeScheduleChanges(ports);
  const setAside = makeSetAside({ ...ports, open: index });

  /** Whether anything was to be done. */
  const plan = async (id: string): Promise<boolean> => {
    const found = await schedules.get(id);
    const current = await settle(found);
    if (found?.mark) metrics.reconciled({ kind: 'schedule' });
    const { after } = await updateItem(replaceIn(schedules), current, (schedule) => planned(schedule, stamp()));
    await settle(after);
    return after?.writeId !== found?.writeId;
  };

  return {
    /**
     * Everything that is due, each tenant in turn, and what becomes due by it, until there is no time
     * left. One that cannot be handled is put off. Answers how many have moved.
     */
    pass: async ({ hasTime }: { hasTime(): boolean }): Promise<number> => {
      const seen = new Set<string>();
      let moved = 0;
      while (hasTime()) {
        const due = await index.due(clock.now(), DUE_MAX);
        const fresh = due.filter(({ id, nextCheckAt }) => !seen.has(`${id} ${nextCheckAt}`));
        if (fresh.length === 0) break;
        for (const { id, nextCheckAt } of fresh) seen.add(`${id} ${nextCheckAt}`);
        await forEachParallel(
          alternating(fresh, ({ id }) => tenantPart(id)),
          PARALLEL,
          async (one) => {
            if (!hasTime()) return;
            try {
              // What is made does not belong to the trace of this pass.
              if (await outsideTrace(() => plan(one.id))) moved += 1;
            } catch (error) {
              await setAside(one, error);
            }
          },
        );
      }
      return moved;
    },
  };
};
