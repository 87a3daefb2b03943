/** Bodies before authentication: uploads without a key that stop in the middle. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, makeTally, NOTIFICATIONS } from '../attack.ts';
import { destroyAll, openPaused } from '../sockets.ts';

const SECONDS = 6;
/** Of each body this much counts as nothing. */
const FREE = 16_384;
const BEGIN = '{"body":"';

interface Upload {
  /** Content-Length, and bytes that come before it stops. */
  declared: number;
  sent: number;
}

/** 72 of them are the budget of all bodies, 32 MiB. */
const WIRE = { declared: 1_000_000, sent: 450_000 + FREE };
/** What a route takes of one body; 140 of them are as much. */
const ALLOWED = { declared: 262_144, sent: 245_000 };
/** Then ever smaller ones, into what is left. */
const FILLING = [128, 64, 32, 16, 8, 4, 2, 1].map((kib) => ({ ...ALLOWED, sent: kib * 1_024 + FREE }));
const WAVES = [
  { uploads: 72, upload: WIRE },
  { uploads: 140, upload: ALLOWED },
  ...FILLING.map((upload) => ({ uploads: 1, upload })),
];
const WAVES_APART_MS = 20;

const headOf = ({ declared }: Upload): string =>
  [
    `POST ${NOTIFICATIONS} HTTP/1.1`,
    'host: localhost',
    'content-type: application/json',
    `content-length: ${declared}`,
  ].join('\r\n');

export const stallUploads = async (url: string, uploads: number, upload: Upload = ALLOWED): Promise<Socket[]> => {
  const sockets = await Promise.all(Array.from({ length: uploads }, () => openPaused(url)));
  for (const socket of sockets)
    socket.write(`${headOf(upload)}\r\n\r\n${BEGIN}${'x'.repeat(upload.sent - BEGIN.length)}`);
  return sockets;
};

/** By the status of the answer; what has none is held. */
const answerTo = (socket: Socket): Promise<string> =>
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
  what: 'stalled uploads without a key: 72 of 1 MB, 140 of 256 KB, some smaller',
  goal: 'none is held',
  seconds: SECONDS,
  prepare:
    async ({ stack }) =>
    async () => {
      const sockets: Socket[] = [];
      for (const { uploads, upload } of WAVES) {
        sockets.push(...(await stallUploads(stack.apiUrl, uploads, upload)));
        await sleep(WAVES_APART_MS);
      }
      await sleep(SECONDS * 1_000);
      const tally = makeTally();
      for (const status of await Promise.all(sockets.map(answerTo))) tally.add(status);
      destroyAll(sockets);
      return { text: `uploads: ${tally.text()}`, isMet: !tally.counts.held };
    },
};
