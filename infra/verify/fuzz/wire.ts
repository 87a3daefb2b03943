/** Bytes on a socket: what no HTTP client would send. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FuzzContext } from './explore.ts';
import { TIMEOUT_MS } from './request.ts';
import { type WireCase, wireCases } from './wire-cases.ts';

/** Of silence: before anything came, and after something did. Then it says that no more will come. */
const SILENCE_MS = { first: 1_500, next: 250 };

/**
 * All that came back; undefined when the connection was not closed even so. A request cut short is
 * never answered late: it waits.
 */
const exchange = (apiUrl: string, bytes: string | Buffer): Promise<string | undefined> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(apiUrl);
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let silence = setTimeout(() => socket.end(), SILENCE_MS.first);
    const patience = setTimeout(() => {
      resolve(undefined);
      socket.destroy();
    }, SILENCE_MS.first + TIMEOUT_MS);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      clearTimeout(silence);
      silence = setTimeout(() => socket.end(), SILENCE_MS.next);
    });
    // A reset is the end of the connection as well: what came before it counts.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(silence);
      clearTimeout(patience);
      resolve(Buffer.concat(chunks).toString());
    });
  });

const LEAK = /\bat \S+:\d+|node_modules|Error:|\/work\/|undefined/;

const judge = ({ statuses, answersMax = 1, answered = false }: WireCase, received: string | undefined): string[] => {
  if (received === undefined) return ['the connection is neither answered nor closed'];
  const found = [...received.matchAll(/^HTTP\/1\.1 (\d{3}) .*$/gm)]
    .map(([, status]) => Number(status))
    .filter((status) => status !== 100);
  return [
    ...(found.length > answersMax ? [`${found.length} answers: ${found.join(', ')}`] : []),
    ...(answered && found.length === 0 ? ['closed without an answer'] : []),
    ...found.filter((status) => !statuses.includes(status)).map((status) => `answers ${status}`),
    ...(LEAK.test(received) ? [`says ${LEAK.exec(received)?.[0]}`] : []),
    ...(/^x-injected:/im.test(received) ? ['a header was injected'] : []),
  ];
};

const commandOf = (apiUrl: string, bytes: string | Buffer): string => {
  const path = join(tmpdir(), `fuzz-${randomBytes(4).toString('hex')}.wire`);
  writeFileSync(path, bytes);
  const { hostname, port } = new URL(apiUrl);
  return `nc -N ${hostname} ${port} < ${path}`;
};

const AT_ONCE = 8;

export const sweepWire = async (context: FuzzContext): Promise<void> => {
  const cases = wireCases(context.random);
  const next = async (): Promise<void> => {
    for (let one = cases.shift(); one; one = cases.shift()) {
      const received = await exchange(context.apiUrl, one.bytes);
      context.tally.count();
      for (const [id] of received?.matchAll(/evt_[0-9a-z]{26}/g) ?? []) context.tally.took(id, '/api/v1/events');
      for (const what of judge(one, received))
        context.tally.found({
          campaign: 'wire',
          what: `${one.about}: ${what}`,
          command: commandOf(context.apiUrl, one.bytes),
        });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
};
