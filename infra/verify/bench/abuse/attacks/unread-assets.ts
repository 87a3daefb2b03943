/** Unread answers, without a key: many requests for a large file in one packet. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack, Got } from '../attack.ts';
import { countOpen, destroyAll, openPaused, rawGet } from '../sockets.ts';

const REQUESTS = 300;
/** As short as it can be: 300 of them are a packet of 16 KB. */
const request = rawGet('/docs/swagger-ui-bundle.js');

export const askUnread = async (url: string, connections: number, requests = REQUESTS): Promise<Socket[]> => {
  const sockets = await Promise.all(Array.from({ length: connections }, () => openPaused(url)));
  for (const socket of sockets) socket.write(request.repeat(requests));
  return sockets;
};

const stillOpen = async (sockets: Socket[], seconds: number): Promise<Got> => ({
  text: `${await countOpen(sockets)} of ${sockets.length} connections open after ${seconds} s`,
});

const unread = (connections: number, seconds: number): Attack => ({
  what: `${connections} x ${REQUESTS} pipelined GETs of a docs asset, never read`,
  seconds,
  prepare:
    async ({ stack }) =>
    async () => {
      const sockets = await askUnread(stack.apiUrl, connections);
      await sleep(seconds * 1_000);
      const got = await stillOpen(sockets, seconds);
      destroyAll(sockets);
      return got;
    },
});

/** Until so many bytes have come; then it reads no more. */
const readSome = (socket: Socket, bytes: number): Promise<void> =>
  new Promise((resolve) => {
    let read = 0;
    const count = (chunk: Buffer): void => {
      read += chunk.length;
      if (read < bytes) return;
      socket.pause();
      socket.off('data', count);
      resolve();
    };
    socket.on('data', count).once('close', resolve).resume();
  });

/** What the service holds is there at once; that the connection is closed after 30 s is not waited for. */
const HELD_SECONDS = 6;
/** Less than one answer: the rest of it stays in the kernel's buffers. */
const FIRST_BYTES = 1_000_000;

export const unreadAssets = unread(1, 6);
export const unreadAssetsMany = unread(16, 6);
export const firstAnswerOnly: Attack = {
  what: `${REQUESTS} pipelined GETs of a docs asset, only the first answer read; the connection is kept`,
  seconds: HELD_SECONDS,
  prepare:
    async ({ stack, atEnd }) =>
    async () => {
      const sockets = await askUnread(stack.apiUrl, 1);
      atEnd(() => destroyAll(sockets));
      await Promise.all(sockets.map((socket) => readSome(socket, FIRST_BYTES)));
      await sleep(HELD_SECONDS * 1_000);
      // Left open: what it keeps is measured after this.
      return stillOpen(sockets, HELD_SECONDS);
    },
};
