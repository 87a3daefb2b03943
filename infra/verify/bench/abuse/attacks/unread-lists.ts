/** Unread answers, under one key: list pages of large records. */

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../../../kit/parallel.ts';
import { create } from '../../notifications.ts';
import { type Attack, inSeconds, LARGE, NOTIFICATIONS } from '../attack.ts';
import { countOpen, destroyAll, openPaused, rawGet } from '../sockets.ts';

const READERS = 80;
/** 24 x 250 KB: a page of 6 MB. */
const RECORDS = 24;
const SECONDS = 8;

export const listUnread = async (
  url: string,
  readers: number,
  headers: Record<string, string> = {},
): Promise<Socket[]> => {
  const sockets = await Promise.all(Array.from({ length: readers }, () => openPaused(url)));
  for (const socket of sockets) socket.write(rawGet(`${NOTIFICATIONS}?limit=${RECORDS}`, headers));
  return sockets;
};

export const unreadLists: Attack = {
  what: `${READERS} readers of 6 MB list pages under one key, never read`,
  seconds: SECONDS,
  prepare: async ({ stack, attacker, attackerToken }) => {
    const record = { entity_id: 'large', email: 'user@example.com', data: { text: 'x'.repeat(LARGE) } };
    await inParallel(RECORDS, 4, () => create(attacker, { ...record, send_at: inSeconds(3_600) }));
    return async () => {
      const sockets = await listUnread(stack.apiUrl, READERS, { authorization: `Bearer ${attackerToken}` });
      await sleep(SECONDS * 1_000);
      const open = await countOpen(sockets);
      destroyAll(sockets);
      return { text: `${open} of ${READERS} connections open after ${SECONDS} s` };
    };
  },
};
