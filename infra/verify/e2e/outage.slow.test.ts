import { describe, expect, test } from 'vitest';
import { withTestStack } from '../kit/test-stack.ts';
import { CALM_ENV, crashUnderLoad } from './crash.ts';
import { poisonBatch } from './duplicates.ts';
import { OUTAGE_ENV, type Outage, sufferOutages } from './outage.ts';

/** Every dependency and every mode; all combinations, and full counts, are run by `npm run test:full`. */
const outages: Outage[] = [
  { dependency: 'dynamodb', mode: 'error' },
  { dependency: 'dynamodb', mode: 'slow' },
  { dependency: 'sqs', mode: 'drop' },
  { dependency: 'sqs', mode: 'throttle' },
  { dependency: 'scheduler', mode: 'error' },
  { dependency: 'ses', mode: 'throttle' },
  { dependency: 'sms', mode: 'slow' },
  { dependency: 'receiver', mode: 'drop' },
];
/** Longer than a call is repeated before it is a 503. */
const OUTAGE_MS = 3_000;
const DOUBLED = { notifications: 160, events: 40, perSecond: 60, doubled: true };

// Side by side, each on its own stack.
describe.concurrent('dependencies fail, and queues repeat themselves', { timeout: 400_000 }, () => {
  test('an outage of any dependency under load: 201 or 503, and all is delivered after it, without help', async () => {
    const outcome = await withTestStack({ env: OUTAGE_ENV }, (stack) =>
      sufferOutages(stack, { outages, forMs: OUTAGE_MS, requests: 20 }),
    );
    expect(outcome.broken).toEqual([]);
    // What is never refused was no outage.
    expect(outcome.refused).toBeGreaterThan(0);
  });

  test('every message of every queue delivered twice: each is received once', async () => {
    const outcome = await withTestStack({ env: CALM_ENV }, (stack) => crashUnderLoad(stack, { ...DOUBLED, kills: [] }));
    expect(outcome).toMatchObject({ sent: 200, broken: [], duplicates: {} });
  });

  test('a poisoned message fails alone and ends as one dead letter; redriven, it dies once more, neither lost nor doubled', async () => {
    const { mates, first, matched, second, left } = await withTestStack({ env: CALM_ENV }, poisonBatch);
    for (const { view, arrivals } of mates)
      expect([view.status, view.attempts.length, arrivals]).toEqual(['SENT', 1, 1]);
    expect(first).toHaveLength(1);
    expect(matched).toBe(1);
    expect(second).toHaveLength(2);
    expect(second.find(({ id }) => id === first[0]?.id)?.redriven_at).toBeDefined();
    expect(left).toBe(1);
  });
});
