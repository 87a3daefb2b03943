/**
 * A process of its own: a receiver that answers `100 Continue` for ever. A child of the bench; it
 * ends with it, or after 2 minutes.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const CHUNK = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(2_600));
const LIFETIME_MS = 120_000;

/** As fast as they are taken: what it costs is the service's time, not this process's. */
const answerForEver = async (socket: Socket): Promise<void> => {
  while (!socket.destroyed) {
    if (!socket.write(CHUNK)) await once(socket, 'drain');
    else await new Promise(setImmediate);
  }
};

const server = createServer((socket) => {
  // Their end of it, expected or not, is ours too; `once` rejects with the same error.
  socket.on('error', () => socket.destroy());
  socket.once('data', () => void answerForEver(socket).catch(() => socket.destroy()));
}).listen(0, '127.0.0.1');
process.on('disconnect', () => process.exit());
setTimeout(() => process.exit(), LIFETIME_MS);
await once(server, 'listening');
process.send?.((server.address() as AddressInfo).port);
