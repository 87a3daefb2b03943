/** Bulkheads and sockets together: real receivers on loopback, a third of which never answers. */
import { expect, it, vi } from 'vitest';
import { makeBulkhead } from '../../delivery/limits/bulkhead.ts';
import { clock as systemClock } from '../../platform/clock.ts';
import { makeWebhookChannel } from '../webhook/send.ts';
import { config, message } from '../webhook/webhook.testing.ts';
import { makeReceiver } from './receiver.testing.ts';

const ORIGINS = 10;
const HANGING = 3;
const ROUNDS = 10;
const EACH_ROUND = 10;

it('receivers that hang take no connection, and no time, from those that are well', async () => {
  const receivers = await Promise.all(
    Array.from({ length: ORIGINS }, (_, n) =>
      makeReceiver((_received, _request, response) => {
        if (n >= HANGING) response.end();
      }),
    ),
  );
  const channel = makeWebhookChannel({ ...config, maxConnectionsPerOrigin: 128 }, { clock: systemClock });
  const bulkhead = makeBulkhead({ clock: systemClock, fraction: () => 0.5 });
  const given = new AbortController();
  const took: number[] = [];
  let refused = 0;

  const send = async (origin: string, isWell: boolean): Promise<void> => {
    const began = performance.now();
    const entrance = await bulkhead.enter({ tenant: 'default' }, origin);
    if (!('place' in entrance)) {
      expect(isWell).toBe(false);
      refused += 1;
      return;
    }
    const { outcome } = await channel.send(message(`${origin}/hook`), { signal: given.signal });
    entrance.place.release(outcome === 'sent' ? 'succeeded' : 'timed_out');
    if (isWell) took.push(performance.now() - began);
  };

  const hanging: Promise<void>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const sending = Array.from({ length: EACH_ROUND }, () => receivers.map(({ url }, n) => send(url, n >= HANGING)));
    hanging.push(...sending.flatMap((each) => each.slice(0, HANGING)));
    await Promise.all(sending.flatMap((each) => each.slice(HANGING)));
  }
  // The others still hang, and none has timed out.
  expect(took).toHaveLength(ROUNDS * EACH_ROUND * (ORIGINS - HANGING));
  expect(Math.max(...took)).toBeLessThan(5_000);
  await vi.waitFor(() => expect(refused).toBe(HANGING * (ROUNDS * EACH_ROUND - 64)), { timeout: 15_000 });
  for (const { received } of receivers.slice(0, HANGING)) expect(received).toHaveLength(64);

  given.abort();
  await Promise.all(hanging);
  await Promise.all(receivers.map(({ close }) => close()));
});
