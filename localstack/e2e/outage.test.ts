import { expect, test } from 'vitest';
import { useWorld } from './kit.ts';
import { OUTAGE_ENV, type Outage, sufferOutages } from './outage.ts';

const world = useWorld({ env: OUTAGE_ENV });

/** Every dependency and every mode; all combinations are run by `npm run test:full`. */
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

test('an outage of any dependency under load: 201 or 503, and all is delivered after it, without help', {
  timeout: 150_000,
}, async () => {
  const outcome = await sufferOutages(world, { outages, forMs: 2_000, requests: 25 });
  expect(outcome.broken).toEqual([]);
});
