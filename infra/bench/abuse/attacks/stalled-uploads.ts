/** Bodies before authentication: uploads without a key that stop in the middle. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, makeTally, NOTIFICATIONS } from '../attack.ts';
import { destroyAll, openPaused } from '../sockets.ts';

const UPLOADS = 72;
const DECLARED = 1_000_000;
/** Together as much as the budget of all bodies (32 MiB, beyond the 16 KiB that each has free), to a few bytes. */
const SENT = Math.floor((32 * 1_048_576) / UPLOADS) + 16_384;
const BEGIN = '{"body":"';
const SECONDS = 6;

const head = [
  `POST ${NOTIFICATIONS} HTTP/1.1`,
  'host: localhost',
  'content-type: application/json',
  `content-length: ${DECLARED}`,
].join('\r\n');

export const stallUploads = async (url: string, uploads: number): Promise<Socket[]> => {
  const sockets = await Promise.all(Array.from({ length: uploads }, () => openPaused(url)));
  for (const socket of sockets) socket.write(`${head}\r\n\r\n${BEGIN}${'x'.repeat(SENT - BEGIN.length)}`);
  return sockets;
};

/** By the status of the answer; what has none is held. */
const statusOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve('held'), 500);
    const answer = (status: string): void => {
      clearTimeout(timer);
      resolve(status);
    };
    socket
      .once('data', (chunk: Buffer) => answer(/^HTTP\/1\.1 (\d{3})/.exec(String(chunk))?.[1] ?? 'no HTTP'))
      .once('close', () => answer('closed'))
      .resume();
    if (socket.destroyed) answer('closed');
  });

export const stalledUploads: Attack = {
  what: `${UPLOADS} stalled uploads without a key`,
  goal: 'none is held',
  seconds: SECONDS,
  prepare:
    async ({ stack }) =>
    async () => {
      const sockets = await stallUploads(stack.apiUrl, UPLOADS);
      await sleep(SECONDS * 1_000);
      const tally = makeTally();
      for (const status of await Promise.all(sockets.map(statusOf))) tally.add(status);
      destroyAll(sockets);
      return { text: `uploads: ${tally.text()}`, isMet: !tally.counts.held };
    },
};
