/** Deliveries counted, not weighed: many large ones due at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { each } from '../../load.ts';
import { create } from '../../notifications.ts';
import { type Receiver, startReceiver } from '../../receiver-process.ts';
import { max } from '../../stats.ts';
import { type Attack, type Got, inSeconds, LARGE, type Site } from '../attack.ts';

const COUNT = 450;
/** So many, due much later, show how long creating one takes here; the others get this many times as long. */
const TRIED = 20;
const LEAD_SHARE = 1.4;
/** The honest load needs a moment before it begins. */
const READY_MS = 5_000;
const SECONDS = 12;
/** What is deferred has until then. */
const PATIENCE_MS = 20_000;

/** Answers when they are due. */
const createAll = async ({ attacker }: Site, receiver: Receiver): Promise<number> => {
  const record = { webhook_url: receiver.url, data: { text: 'x'.repeat(LARGE) } };
  const createSome = (count: number, send_at: string): Promise<void> =>
    each(count, 4, (index) => create(attacker, { ...record, entity_id: `heavy-${index}`, send_at }));
  const startedAt = Date.now();
  await createSome(TRIED, inSeconds(3_600));
  const dueAt = Date.now() + (LEAD_SHARE * (Date.now() - startedAt) * COUNT) / TRIED + READY_MS;
  await createSome(COUNT, new Date(dueAt).toISOString());
  const leftMs = dueAt - Date.now();
  if (leftMs < READY_MS) throw new Error('Creating took too long: they were due before the measurement could begin');
  await sleep(leftMs - READY_MS);
  return dueAt;
};

const untilArrived = async (receiver: Receiver, dueAt: number): Promise<Got> => {
  const endsAt = dueAt + SECONDS * 1_000 + PATIENCE_MS;
  for (;;) {
    const arrivals = await receiver.arrivals();
    const count = new Set(arrivals.map(({ id }) => id)).size;
    const lateSeconds = (max(arrivals.map(({ at }) => at)) - dueAt) / 1_000;
    if (count >= COUNT || Date.now() > endsAt)
      return {
        text: `${count} of ${COUNT} arrived, the last ${lateSeconds.toFixed(1)} s late`,
        isMet: count === COUNT,
      };
    await sleep(500);
  }
};

export const heavyDeliveries: Attack = {
  what: `${COUNT} notifications of 250 KB due at once`,
  goal: 'all arrive, late perhaps',
  seconds: SECONDS,
  prepare: async (site) => {
    const receiver = await startReceiver();
    site.atEnd(() => receiver.close());
    const dueAt = await createAll(site, receiver);
    return () => untilArrived(receiver, dueAt);
  },
};
