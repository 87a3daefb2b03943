/** Bodies before authentication: uploads without a key that stop in the middle. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, makeTally, NOTIFICATIONS } from '../attack.ts';
import { destroyAll, openPaused } from '../sockets.ts';

const UPLOADS = 72;
const DECLARED = 1_000_000;
/** Together nearly the budget of all bodies: 32 MiB, beyond the 16 KiB that each has free. */
const FREE = 16_384;
const SENT = 450_000 + FREE;
/** Then ever smaller ones, into what is left: each is held or refused. */
const FILLING = [512, 256, 128, 64, 32, 16, 8, 4, 2, 1].map((kib) => kib * 1_024 + FREE);
const FILLING_EVERY_MS = 20;
const BEGIN = '{"body":"';
const SECONDS = 6;

const head = [
  `POST ${NOTIFICATIONS} HTTP/1.1`,
  'host: localhost',
  'content-type: application/json',
  `content-length: ${DECLARED}`,
].join('\r\n');

export const stallUploads = async (url: string, uploads: number, sent = SENT): Promise<Socket[]> => {
  const sockets = await Promise.all(Array.from({ length: uploads }, () => openPaused(url)));
  for (const socket of sockets) socket.write(`${head}\r\n\r\n${BEGIN}${'x'.repeat(sent - BEGIN.length)}`);
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
      for (const sent of FILLING) {
        await sleep(FILLING_EVERY_MS);
        sockets.push(...(await stallUploads(stack.apiUrl, 1, sent)));
      }
      await sleep(SECONDS * 1_000);
      const tally = makeTally();
      for (const status of await Promise.all(sockets.map(statusOf))) tally.add(status);
      destroyAll(sockets);
      return { text: `uploads: ${tally.text()}`, isMet: !tally.counts.held };
    },
};
