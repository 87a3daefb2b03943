import type { IncomingMessage } from 'node:http';
import { requireSize } from '../../http/body.ts';

/**
 * The client sends its body only once it is asked for it (RFC 9110, 10.1.1), which HTTP/1.0 does
 * not know.
 */
export const expectsContinue = ({ headers, httpVersion }: IncomingMessage): boolean =>
  httpVersion !== '1.0' && /^100-continue$/i.test(headers.expect ?? '');

/** The client has closed its connection: no answer can reach it. */
export class ClientGone extends Error {
  override name = 'ClientGone';
}

/**
 * The whole body. Rejects with `payload-too-large` as soon as it is known to be, with `ClientGone`,
 * and with what `take` throws.
 * @param take is called with the size of each piece
 */
export const readBody = async (
  request: IncomingMessage,
  take: (bytes: number) => void,
  bytesMax?: number,
): Promise<Buffer> => {
  requireSize(request.headers['content-length'], bytesMax);
  // Its events are over.
  if (request.destroyed) throw new ClientGone();
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let chunks: Buffer[] = [];
  let bytes = 0;
  const collect = (chunk: Buffer): void => {
    bytes += chunk.length;
    try {
      requireSize(bytes, bytesMax);
      take(chunk.length);
      chunks.push(chunk);
    } catch (error) {
      reject(error);
      request.off('data', collect);
      chunks = [];
    }
  };
  request.on('data', collect);
  request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
  request.once('error', (cause) => reject(new ClientGone('', { cause })));
  request.once('close', () => {
    if (!request.complete) reject(new ClientGone());
  });
  return promise;
};
