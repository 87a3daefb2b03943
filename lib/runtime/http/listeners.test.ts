import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { type Listeners, openListeners } from './listeners.ts';

const HOST = '127.0.0.1';
const ANY = { port: 0, host: HOST };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const opened = async (options = ANY): Promise<Listeners & { sockets: Socket[] }> => {
  const sockets: Socket[] = [];
  const server = createHttpServer((_, response) => void response.end('in'));
  server.on('connection', (socket: Socket) => sockets.push(socket));
  const listeners = await openListeners(server, options);
  ends.push(() => listeners.close());
  return { ...listeners, sockets };
};

it.runIf(process.platform === 'linux')('lets in more than one connection in a turn of the event loop', async () => {
  const COUNT = 96;
  const { port, sockets } = await opened();
  const clients = Array.from({ length: COUNT }, () => connect(port, HOST));
  ends.push(() => clients.map((client) => client.destroy()));
  /** Idle ones say nothing. */
  let rounds = 0;
  while (sockets.length < COUNT) {
    const before = sockets.length;
    await turn();
    if (sockets.length > before) rounds += 1;
  }
  expect(rounds).toBeLessThan(COUNT / 2);
});

it('answers whichever of them one comes in by', async () => {
  const { port, sockets } = await opened();
  const answers = Array.from({ length: 40 }, async () => {
    const answer = await fetch(`http://${HOST}:${port}`, { headers: { connection: 'close' } });
    return answer.text();
  });
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['in']));
  expect(sockets).toHaveLength(40);
});

it('rejects when the port is taken, by one like it too', async () => {
  const other = createServer().listen(ANY);
  await new Promise((resolve) => other.once('listening', resolve));
  ends.push(() => other.close());
  await expect(opened({ ...ANY, port: (other.address() as AddressInfo).port })).rejects.toThrow('EADDRINUSE');
  const { port } = await opened();
  await expect(opened({ ...ANY, port })).rejects.toThrow('EADDRINUSE');
});

it('is closed when its last connection has ended, and takes no new one', async () => {
  const { port, close, sockets } = await opened();
  const clients = Array.from({ length: 20 }, () => connect(port, HOST));
  while (sockets.length < clients.length) await turn();
  let isClosed = false;
  const closing = close().then(() => {
    isClosed = true;
  });
  await expect(fetch(`http://${HOST}:${port}`)).rejects.toThrow();
  for (const client of clients.slice(1)) client.destroy();
  while (sockets.filter(({ destroyed }) => destroyed).length < clients.length - 1) await turn();
  expect(isClosed).toBe(false);
  clients[0]?.destroy();
  await closing;
});
