/** Limits on what a receiver may send before the body of its answer: interim (1xx) responses, and bytes in all. */
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { INVALID_RESPONSE } from './failure.ts';

/** Headers of one response. Node's own limit of 16 KB is less than some gateways send. */
export const HEADER_BYTES_MAX = 64 * 1024;
/** RFC 9110, 15.2: a client must accept interim responses it did not ask for. Nobody needs more of them. */
const INTERIM_MAX = 8;
/** Interim responses, status lines and the headers of the final response, as they come from the socket. */
const HEAD_BYTES_MAX = HEADER_BYTES_MAX + 16 * 1024;

export const invalidResponse = (): Error =>
  Object.assign(new Error('More than a response may have before its body'), { code: INVALID_RESPONSE });

/**
 * Destroys the request, with the error `invalid_response`, once it got more than {@link INTERIM_MAX} interim responses or more than
 * {@link HEAD_BYTES_MAX} bytes without a final one. The parser takes what one read of the socket brought (64 KB) in one turn, so the
 * cost of an attack is bounded by the limit and one read.
 */
export const limitHead = (request: ClientRequest): void => {
  let interim = 0;
  let bytes = 0;
  let isAnswered = false;
  const cut = (): void => void request.destroy(invalidResponse());
  // Runs after the parser's own listener: what that has taken for the final response no longer counts.
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (!isAnswered && bytes > HEAD_BYTES_MAX) cut();
  };
  const watch = (socket: Socket): void => {
    socket.on('data', count);
    // The connection is used again: no listener may stay on it.
    request.once('response', () => socket.off('data', count)).once('close', () => socket.off('data', count));
  };
  request
    .once('response', () => {
      isAnswered = true;
    })
    .on('information', () => {
      interim += 1;
      if (interim > INTERIM_MAX) cut();
    })
    .once('socket', watch);
};
