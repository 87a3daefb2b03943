import { expect, test } from 'vitest';
import { CRASH_ENV } from './crash.ts';
import { attemptsOf, EXPECTED, killAtStep, type Step, steps } from './crash-steps.ts';
import { useWorld } from './kit.ts';
import { untilAllEnded } from './races-load.ts';

const world = useWorld({ env: CRASH_ENV });

test('a worker killed between each two steps of a delivery: never lost, twice only where nobody can know', {
  timeout: 120_000,
}, async () => {
  const ids = new Map<Step, string>();
  for (const step of steps) ids.set(step, await killAtStep(world, step));
  const views = await untilAllEnded(world, [...ids.values()], { deadlineMs: 60_000, nudge: 'PT11M' });
  const outcomes = steps.map((step) => {
    const id = ids.get(step) ?? '';
    const view = views.find((one) => one.id === id);
    const arrivals = world.receiver.of(id);
    expect(new Set(arrivals.map(({ text }) => text)).size).toBe(1);
    return [step, { arrivals: arrivals.length, attempts: view && attemptsOf(view) }];
  });
  expect(Object.fromEntries(outcomes)).toEqual(EXPECTED);
});
