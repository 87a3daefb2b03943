import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startProxy, type TcpProxy } from './proxy.ts';

/** Answers each byte with itself, and keeps what came. */
let heard = '';
const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    heard += bytes;
    socket.write(bytes);
  });
});
let proxy: TcpProxy;
let client: Socket;
let answered = '';

const dial = async (): Promise<Socket> => {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    answered += bytes;
  });
  await once(socket, 'connect');
  return socket;
};
const untilAnswered = (text: string) => expect.poll(() => answered).toBe(text);
const untilHeard = (text: string) => expect.poll(() => heard).toBe(text);

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());
beforeEach(async () => {
  heard = '';
  answered = '';
  proxy = await startProxy((server.address() as AddressInfo).port);
  client = await dial();
  client.write('a');
  await untilAnswered('a');
  expect(proxy.affected()).toBe(0);
});
afterEach(async () => {
  client.destroy();
  await proxy.close();
});

test('refused: what is open is cut and what is new is refused, until it is open again', async () => {
  await proxy.set('refused');
  await expect.poll(() => client.destroyed).toBe(true);
  await expect(dial()).rejects.toThrow('ECONNREFUSED');
  await proxy.set('open');
  client = await dial();
  client.write('b');
  await untilAnswered('ab');
  expect(proxy.affected()).toBeGreaterThan(0);
});

test('silent: nothing is read, and arrives when it is over, though its sender has gone', async () => {
  await proxy.set('silent');
  client.write('b');
  client.end();
  const late = await dial();
  late.write('c');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([heard, answered]).toEqual(['a', 'a']);
  await proxy.set('open');
  await expect.poll(() => [...heard].sort().join('')).toBe('abc');
  expect(proxy.affected()).toBeGreaterThan(0);
  late.destroy();
});

test('deaf: what is sent goes nowhere, and its connection with it', async () => {
  await proxy.set('deaf');
  client.write('b');
  await expect.poll(() => proxy.affected()).toBe(1);
  await proxy.set('open');
  await expect.poll(() => client.destroyed).toBe(true);
  expect([heard, answered]).toEqual(['a', 'a']);
});

test('mute: what is asked arrives, and no answer comes back', async () => {
  await proxy.set('mute');
  client.write('b');
  await untilHeard('ab');
  await expect.poll(() => proxy.affected()).toBe(1);
  expect(answered).toBe('a');
});
