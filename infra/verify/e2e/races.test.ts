import { beforeAll, describe, expect, test } from 'vitest';
import { useTestStack } from '../kit/vitest.ts';
import { RACE_ENV, type RaceKind, type RaceOutcome, raceCancels, warmUp } from './races.ts';
import { raceReschedules } from './races-reschedule.ts';

/** Few enough for a machine that other stacks share; the full count is run by `npm run test:full`. */
const RACES = { count: 60, lanes: 8 };
const stack = useTestStack({ env: RACE_ENV });
beforeAll(() => warmUp(stack), 240_000);
const won = { canceled: 0, attempted: 0 };

const check = ({ canceled, attempted, broken }: RaceOutcome): void => {
  expect(broken).toEqual([]);
  expect(canceled + attempted).toBe(RACES.count);
  won.canceled += canceled;
  won.attempted += attempted;
};

describe.concurrent('a command at about the due time is definite', { timeout: 240_000 }, () => {
  const kinds: RaceKind[] = ['webhook', 'three channels, one fails', 'late receiver'];
  test.for(kinds)('cancel, %s: 200 and never received, or 409 and attempted', async (kind) =>
    check(await raceCancels(stack, kind, RACES)),
  );

  test('edit: 200 and received with its new text, at its new time alone; or 409 and received as it was', async () =>
    check(await raceReschedules(stack, RACES)));
});

test('a race that one side always wins is none', () => {
  expect(won.canceled).toBeGreaterThan(0);
  expect(won.attempted).toBeGreaterThan(0);
});
