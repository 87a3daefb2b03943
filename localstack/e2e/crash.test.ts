import { expect, test } from 'vitest';
import { CRASH_ENV, crashUnderLoad } from './crash.ts';
import { useWorld } from './kit.ts';

/** The full count is run by `npm run test:full`. */
const LOAD = { notifications: 400, events: 100, perSecond: 80 };
const world = useWorld({ env: CRASH_ENV });

test('kill -9 of every process in turn under load: none lost, each duplicate explained', {
  timeout: 120_000,
}, async () => {
  const outcome = await crashUnderLoad(world, { ...LOAD, kills: ['service', 'aws', 'main', 'service'] });
  expect(outcome.broken).toEqual([]);
  expect(outcome.sent).toBe(LOAD.notifications + LOAD.events);
});
