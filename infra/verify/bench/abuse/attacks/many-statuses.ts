/** One tenant spoils the metrics of all tenants: a receiver that answers many different statuses. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../../kit/client.ts';
import { inParallel } from '../../../kit/parallel.ts';
import { create, untilEnded } from '../../notifications.ts';
import { startReceiver } from '../../receiver-process.ts';
import { type Attack, inSeconds } from '../attack.ts';

const STATUSES = 70;
const FIRST = 400;
/** So few to each that no limit of a receiver comes in between. */
const PORTS = 20;
const REASON = 'connection_refused';

const failed = async (client: Client, reason: string): Promise<number> => {
  const { text } = await client.call('GET', '/metrics');
  const value = new RegExp(`^event_system_notifications_failed_total\\{reason="${reason}"\\} (\\S+)`, 'm').exec(
    text,
  )?.[1];
  return Number(value ?? 0);
};

export const manyStatuses: Attack = {
  what: `receivers that answer ${STATUSES} different statuses`,
  goal: `a later failure still counts as ${REASON}`,
  seconds: 6,
  env: { RETRY_SCHEDULE: '0' },
  prepare: async ({ attacker, honest, atEnd }) => {
    const receiver = await startReceiver(PORTS);
    atEnd(() => receiver.close());
    const closed = await startReceiver();
    await closed.close();
    return async () => {
      await inParallel(STATUSES, 8, (index) => {
        const webhook_url = `${receiver.origins[index % PORTS]}/status/${FIRST + index}`;
        return create(attacker, { entity_id: 'statuses', webhook_url, send_at: inSeconds(0) });
      });
      await untilEnded(attacker, 'statuses', 10_000);
      const before = await failed(honest, REASON);
      await create(honest, { entity_id: 'refused', webhook_url: closed.url, send_at: inSeconds(0) });
      await untilEnded(honest, 'refused', 10_000);
      await sleep(200);
      const [counted, other] = [(await failed(honest, REASON)) - before, await failed(honest, 'other')];
      return {
        text: `counted as ${REASON}: ${counted} of 1 (${other} failures are "other")`,
        isMet: counted === 1,
      };
    };
  },
};
