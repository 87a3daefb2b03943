/** Requests counted, not weighed: bodies that are small in bytes and large in values. */
import type { Client } from '../../../kit/client.ts';
import { openLoop } from '../../load.ts';
import { type Attack, inSeconds, makeTally, NOTIFICATIONS, statusOf } from '../attack.ts';

const BYTES = 222_000;
const PER_SECOND = 8;
const SECONDS = 6;

/** `[[],[],[], ...]`: a list for each three bytes. */
const lists = Array.from({ length: BYTES / 3 }, () => []);

export const postNested = (client: Client) =>
  client.call('POST', NOTIFICATIONS, {
    notification_type: 'user.signup',
    entity_id: 'nested',
    email: 'user@example.com',
    send_at: inSeconds(3_600),
    data: { lists },
  });

export const heavyJson: Attack = {
  what: `${PER_SECOND} bodies a second of ${BYTES / 1_000} KB of nested lists, under one key`,
  seconds: SECONDS,
  prepare:
    async ({ attacker }) =>
    async () => {
      const tally = makeTally();
      await openLoop({ seconds: SECONDS, perSecond: PER_SECOND }, async () =>
        tally.add(await statusOf(postNested(attacker))),
      );
      return { text: `answers: ${tally.text()}` };
    },
};
