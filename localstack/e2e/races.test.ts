import { describe, expect, test } from 'vitest';
import { useWorld } from './kit.ts';
import { RACE_ENV, type RaceKind, type RaceOutcome, raceCancels } from './races.ts';
import { raceReschedules } from './races-reschedule.ts';

/** The full count is run by `npm run test:full`. */
const COUNT = 150;
const world = useWorld({ env: RACE_ENV });

const check = (outcome: RaceOutcome): void => {
  expect(outcome.broken).toEqual([]);
  expect(outcome.canceled + outcome.attempted).toBe(COUNT);
  // A race that one side always wins is none.
  expect(Math.min(outcome.canceled, outcome.attempted)).toBeGreaterThan(0);
};

describe.concurrent('a command at about the due time is definite', { timeout: 90_000 }, () => {
  const kinds: RaceKind[] = ['webhook', 'three channels, one fails', 'late receiver'];
  test.for(kinds)('cancel, %s: 200 and never received, or 409 and attempted', async (kind) =>
    check(await raceCancels(world, { kind, count: COUNT, perSecond: 30 })),
  );

  test('reschedule: 200 and received at its new time alone, or 409 and received already', async () =>
    check(await raceReschedules(world, COUNT, 30)));
});
