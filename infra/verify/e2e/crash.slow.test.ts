import { describe, expect, test } from 'vitest';
import { withTestStack } from '../kit/test-stack.ts';
import { CALM_ENV, CRASH_ENV, crashUnderLoad } from './crash.ts';
import { endUnderLoad } from './crash-end.ts';
import { FREEZE_ENV, freezePastLease } from './crash-freeze.ts';
import { attemptsOf, EXPECTED, killAtSteps, STEPS_ENV } from './crash-steps.ts';

/** The full counts are run by `npm run test:full`. */
const LOAD = { notifications: 400, events: 100, perSecond: 80 };

// Side by side, each on its own stack: most of their time they wait for a lease to lapse.
describe.concurrent('a worker, the local AWS and their supervisor may die at any moment', { timeout: 400_000 }, () => {
  test('kill -9 of each in turn under load: none lost, each duplicate explained', async () => {
    const outcome = await withTestStack({ env: CRASH_ENV }, (stack) =>
      crashUnderLoad(stack, { ...LOAD, kills: ['service', 'aws', 'main', 'service'] }),
    );
    expect(outcome.broken).toEqual([]);
    expect(outcome.sent).toBe(LOAD.notifications + LOAD.events);
  });

  test('kill -9 between each two steps of a delivery: never lost, twice only where no process can know', async () => {
    expect(await withTestStack({ env: STEPS_ENV }, killAtSteps)).toEqual(EXPECTED);
  });

  test('frozen past its lease, a worker wakes up to no effect, in the middle of a send or before it', async () => {
    const { sending, claimed } = await withTestStack({ env: FREEZE_ENV }, freezePastLease);
    for (const { before, after } of [sending, claimed]) {
      expect(attemptsOf(before)).toEqual(['unknown', 'sent']);
      expect(before.attempts[0]?.error).toBe('worker_lost');
      expect(after).toEqual(before);
    }
    expect([sending.arrivals, claimed.arrivals]).toEqual([2, 1]);
  });

  test('SIGTERM under load ends all within 10 s and frees the ports; nothing is lost, nothing sent twice', async () => {
    const { exitCode, tookMs, outcome } = await withTestStack({ env: CALM_ENV }, endUnderLoad);
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(10_000);
    expect(outcome).toMatchObject({ sent: 200, broken: [], duplicates: {} });
  });
});
