import type { IncomingMessage } from 'node:http';

/** On the wire; above it a body is not even read. What a route takes of it (256 KB) is `route()`'s to say. */
export const WIRE_BYTES_MAX = 1_048_576;

/**
 * The whole body; undefined when it is larger than `WIRE_BYTES_MAX`. Rejects when the client goes away, and with what `take`
 * throws.
 * @param take is told of each piece
 */
export const readBody = (request: IncomingMessage, take: (bytes: number) => void): Promise<Buffer | undefined> => {
  if (Number(request.headers['content-length'] ?? 0) > WIRE_BYTES_MAX) return Promise.resolve(undefined);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  let chunks: Buffer[] = [];
  let bytes = 0;
  const collect = (chunk: Buffer): void => {
    bytes += chunk.length;
    try {
      take(chunk.length);
      chunks.push(chunk);
      if (bytes <= WIRE_BYTES_MAX) return;
      resolve(undefined);
    } catch (error) {
      reject(error);
    }
    request.off('data', collect);
    chunks = [];
  };
  request.on('data', collect);
  request.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
  request.once('error', reject);
  request.once('close', () => reject(new Error('The client went away.')));
  return promise;
};
