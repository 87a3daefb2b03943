/** Deliveries counted, not weighed: many large ones due at once. */

import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../../../kit/parallel.ts';
import { create } from '../../notifications.ts';
import { type Receiver, startReceiver } from '../../receiver-process.ts';
import { max } from '../../stats.ts';
import { type Attack, type Got, inSeconds, LARGE, type Parties } from '../attack.ts';

const COUNT = 450;
/** So many, due much later, show how long creating one takes here; the others get this many times as long. */
const TRIED = 20;
const LEAD_SHARE = 1.4;
/** On a busy machine there are as many as can be created in this time. */
const CREATING_MAX_MS = 20_000;
/** The honest load needs a moment before it begins. */
const READY_MS = 5_000;
const SECONDS = 12;
/** What is deferred has until then. */
const PATIENCE_MS = 8_000;

const createAll = async ({ attacker }: Parties, receiver: Receiver): Promise<{ count: number; dueAt: number }> => {
  const record = { webhook_url: receiver.url, data: { text: 'x'.repeat(LARGE) } };
  const createSome = (some: number, send_at: string): Promise<unknown> =>
    inParallel(some, 4, (index) => create(attacker, { ...record, entity_id: `heavy-${index}`, send_at }));
  const startedAt = Date.now();
  await createSome(TRIED, inSeconds(3_600));
  const eachMs = (Date.now() - startedAt) / TRIED;
  const count = Math.min(COUNT, Math.floor(CREATING_MAX_MS / eachMs));
  const dueAt = Date.now() + LEAD_SHARE * eachMs * count + READY_MS;
  await createSome(count, new Date(dueAt).toISOString());
  const leftMs = dueAt - Date.now();
  if (leftMs < READY_MS) throw new Error('Creating took too long: they were due before the measurement could begin');
  await sleep(leftMs - READY_MS);
  return { count, dueAt };
};

const untilArrived = async (receiver: Receiver, count: number, dueAt: number): Promise<Got> => {
  const endsAt = dueAt + SECONDS * 1_000 + PATIENCE_MS;
  for (;;) {
    const arrivals = await receiver.arrivals();
    const arrived = new Set(arrivals.map(({ id }) => id)).size;
    const lateSeconds = (max(arrivals.map(({ at }) => at)) - dueAt) / 1_000;
    if (arrived >= count || Date.now() > endsAt)
      return {
        text: `${arrived} of ${count} arrived, the last ${lateSeconds.toFixed(1)} s late`,
        isMet: arrived === count,
      };
    await sleep(500);
  }
};

export const heavyDeliveries: Attack = {
  what: `${COUNT} notifications of 250 KB due at once`,
  goal: 'all arrive, late perhaps',
  // What is measured is the sending: the rate limit would refuse most of them at creation.
  env: { RATE_LIMIT: '0', TENANT_RATE_LIMIT: '0' },
  seconds: SECONDS,
  prepare: async (parties) => {
    const receiver = await startReceiver();
    parties.atEnd(() => receiver.close());
    const { count, dueAt } = await createAll(parties, receiver);
    return () => untilArrived(receiver, count, dueAt);
  },
};
