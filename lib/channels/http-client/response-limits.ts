/**
 * Limits on what a receiver may send before the body of its answer: interim (1xx) responses, and
 * bytes in all.
 */
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { INVALID_RESPONSE } from './failure.ts';

/** Headers of one response. Node's own limit of 16 KB is less than some gateways send. */
export const HEADER_BYTES_MAX = 64 * 1024;
/**
 * RFC 9110, 15.2: a client must accept interim responses it did not ask for. No receiver needs more
 * of them.
 */
const INTERIM_MAX = 8;
/** Interim responses, status lines and the headers of the final response, as they come from the socket. */
const HEAD_BYTES_MAX = HEADER_BYTES_MAX + 16 * 1024;

export const invalidResponse = (): Error =>
  Object.assign(new Error('More than a response may have before its body'), { code: INVALID_RESPONSE });

/**
 * Destroys the request, with the error `invalid_response`, after more than {@link INTERIM_MAX} interim
 * responses or {@link HEAD_BYTES_MAX} bytes without a final one. `bytes`: how many came until that.
 */
export const limitHead = (request: ClientRequest): { bytes(): number } => {
  let interim = 0;
  let bytes = 0;
  let isAnswered = false;
  let parsed: Buffer | undefined;
  const cut = (): void => void request.destroy(invalidResponse());
  const beforeParser = (chunk: Buffer): void => {
    parsed = chunk;
  };
  // What the parser has taken for the final response no longer counts.
  const afterParser = (chunk: Buffer): void => {
    parsed = undefined;
    bytes += chunk.length;
    if (!isAnswered && bytes > HEAD_BYTES_MAX) cut();
  };
  const watch = (socket: Socket): void => {
    socket.prependListener('data', beforeParser).on('data', afterParser);
    // The connection is used again: no listener may stay on it.
    const unwatch = (): void => void socket.off('data', beforeParser).off('data', afterParser);
    request.once('response', unwatch).once('close', unwatch);
  };
  request
    .once('response', () => {
      isAnswered = true;
    })
    .on('information', () => {
      interim += 1;
      if (interim <= INTERIM_MAX) return;
      // The parser would go on to the end of the chunk, through thousands of responses in 64 KB.
      // Zeros end it here.
      parsed?.fill(0);
      cut();
    })
    .once('socket', watch);
  return { bytes: () => bytes };
};
