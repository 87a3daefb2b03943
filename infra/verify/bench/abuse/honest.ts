/** A light honest load beside an attack: some deliveries due, some GETs, a POST of 20 KB, each second. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../kit/client.ts';
import { arrivalsOf } from '../arrivals.ts';
import { openLoop } from '../load.ts';
import { create } from '../notifications.ts';
import type { Receiver } from '../receiver-process.ts';
import { spread } from '../stats.ts';
import { inSeconds, makeTally, NOTIFICATIONS, statusOf } from './attack.ts';
import type { Others } from './outcome.ts';

const DUE_PER_SECOND = 5;
const GETS_PER_SECOND = 10;
const POSTS_PER_SECOND = 1;
const POST_BYTES = 20_000;
/** For creating what is due: 15 ms each, on two busy cores. */
const LEAD_MS = 2_500;
const LEAD_EACH_MS = 15;
const PATIENCE_MS = 10_000;

const asking = async (client: Client, seconds: number) => {
  const refused = makeTally();
  const ask = async (expected: string, method: string, path: string, body?: unknown): Promise<void> => {
    const status = await statusOf(client.call(method, path, body));
    if (status !== expected) refused.add(`${method} ${status}`);
  };
  const { id } = await create(client, { entity_id: 'honest', email: 'user@example.com', send_at: inSeconds(3_600) });
  const record = { notification_type: 'user.signup', entity_id: 'honest', email: 'user@example.com' };
  const data = { text: 'x'.repeat(POST_BYTES) };
  return {
    start: async () => {
      const [getMs] = await Promise.all([
        openLoop({ seconds, perSecond: GETS_PER_SECOND }, () => ask('200', 'GET', `${NOTIFICATIONS}${id}`)),
        openLoop({ seconds, perSecond: POSTS_PER_SECOND }, () =>
          ask('201', 'POST', NOTIFICATIONS, { ...record, data, send_at: inSeconds(3_600) }),
        ),
      ]);
      return { getMs, refused: refused.counts };
    },
  };
};

/**
 * What is due is created first; `beside` begins when the first is due. Rejects when it cannot begin
 * in time.
 */
export const withHonestLoad = async <T>(
  { client, receiver, seconds }: { client: Client; receiver: Receiver; seconds: number },
  beside: () => Promise<T>,
): Promise<{ others: Others; result: T }> => {
  const count = DUE_PER_SECOND * seconds;
  const requests = await asking(client, seconds);
  const beginsAt = Date.now() + LEAD_MS + count * LEAD_EACH_MS;
  const planned = Array.from({ length: count }, (_, index) => ({
    client,
    dueAt: beginsAt + Math.round((index * 1_000) / DUE_PER_SECOND),
    input: { entity_id: 'honest', webhook_url: receiver.url },
  }));
  const arriving = arrivalsOf(receiver, planned, { wanted: () => true, patienceMs: PATIENCE_MS });
  // Nothing begins where creating has failed.
  const begun = Promise.race([sleep(beginsAt - Date.now()), arriving]);
  const [arrived, asked, result] = await Promise.all([arriving, begun.then(requests.start), begun.then(beside)]);
  const [late, get] = [spread(arrived.lateMs), spread(asked.getMs)];
  const others: Others = {
    late: { p99: late.p99, max: late.max },
    lost: arrived.lost,
    get: { p99: get.p99, max: get.max },
    refused: asked.refused,
  };
  return { others, result };
};
