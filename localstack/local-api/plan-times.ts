import { scheduleShards } from '../../lib/aws/table/keys.ts';
import type { ServiceTable } from '../inbox/service-table.ts';

/** When the service is to plan the next occurrence of a schedule: its reconciler passes each minute. */
export const makePlanTimes = (table: Pick<ServiceTable, 'read' | 'openKeys'>) => ({
  /** The earliest one, epoch ms; it may have passed. */
  nextAt: async (): Promise<number | undefined> => {
    const keys = await table.read((name) => Promise.all(scheduleShards.map((shard) => table.openKeys(name, shard, 1))));
    const times = (keys ?? []).flat().map(({ at }) => at);
    return times.length > 0 ? Math.min(...times) : undefined;
  },
});
export type PlanTimes = ReturnType<typeof makePlanTimes>;
