import type { Schedule } from '../schedules/schedule.ts';
import { create } from '../schedules/state/commands.ts';
import { makeMemoryScheduleStore } from './memory-schedule-store.ts';
import { makeTestPorts } from './ports.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
export const CONTENT = { notification_type: 'custom', entity_id: 'team-1', email: 'ada@example.com', body: 'Report' };

/** A schedule as the store has it right after its creation, its first occurrence to be made. */
export const makeSchedule = (changes: Partial<Schedule> = {}): Schedule => ({
  ...create(
    { id: `sch_${'0'.repeat(26)}`, tenant: 'acme', cron: '0 9 * * *', content: CONTENT },
    { now: NOW, writeId: 'first', policy: { retentionMs: 0 } },
  ),
  ...changes,
});

/** What the tests of schedules start from. */
export const makeSchedulePorts = () => {
  const ports = makeTestPorts();
  const memorySchedules = makeMemoryScheduleStore(ports.clock);
  const { store: schedules, count, index } = memorySchedules;
  return { ...ports, memorySchedules, schedules, count, index, schedulesMax: 1_000 };
};
export type ScheduleTestPorts = ReturnType<typeof makeSchedulePorts>;
