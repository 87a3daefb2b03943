/** Queues that repeat and mix up what they were given, and schedules that fire wrongly. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

/** Not taken back: what is due in the far future meets it too, when the clock is moved there. */
const lasting = (name: string, isShort: boolean, fault: Record<string, unknown>): Scenario => ({
  name,
  isShort,
  play: async (stack, { faultMs }) => {
    await stack.fault(fault);
    await sleep(faultMs);
  },
  met: (stack) => stack.affected(),
});

export const messageScenarios: Scenario[] = [
  lasting('messages: every one twice', true, { service: 'sqs', mode: 'duplicate' }),
  lasting('messages: half of them held back at random, up to 5 s', true, {
    service: 'sqs',
    mode: 'reorder',
    rate: 0.5,
    delay_ms: 5_000,
  }),
  lasting('schedules: each fires twice', true, { service: 'scheduler', mode: 'fire_twice' }),
  lasting('schedules: each fires 5 s late', false, { service: 'scheduler', mode: 'fire_late', delay_ms: 5_000 }),
  lasting('schedules: half of them never fire', true, { service: 'scheduler', mode: 'fire_never', rate: 0.5 }),
  lasting('schedules: none ever fires again', false, { service: 'scheduler', mode: 'fire_never' }),
];
