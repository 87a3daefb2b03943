import type { IncomingMessage } from 'node:http';

/** On the wire; above it a body is not even read. What a route takes of it (256 KB) is `route()`'s to say. */
export const WIRE_BYTES_MAX = 1_048_576;

/** The whole body; undefined when it is larger than `WIRE_BYTES_MAX`. Rejects when the client goes away. */
export const readBody = (request: IncomingMessage): Promise<Buffer | undefined> => {
  if (Number(request.headers['content-length'] ?? 0) > WIRE_BYTES_MAX) return Promise.resolve(undefined);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > WIRE_BYTES_MAX) resolve(undefined);
    else chunks.push(chunk);
  });
  request.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
  request.once('error', reject);
  request.once('close', () => reject(new Error('The client went away.')));
  return promise;
};
