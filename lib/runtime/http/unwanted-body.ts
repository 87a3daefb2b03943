/** What becomes of a body that is not read: the request is refused, or its route takes none. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BODY_BYTES_MAX } from '../../schema/body.ts';
import { expectsContinue } from './body.ts';

/** More is not waited for. Each byte is thrown away as it comes. */
const DRAIN_BYTES_MAX = 32 * 1_024 * 1_024;

/**
 * Whether the rest of a body comes, and is little enough to be thrown away as it comes, so that its
 * connection stays.
 */
const isSoonRead = (request: IncomingMessage): boolean =>
  request.complete ||
  (request.headers['transfer-encoding'] === undefined &&
    Number(request.headers['content-length'] ?? 0) <= BODY_BYTES_MAX &&
    !expectsContinue(request));

/**
 * Before an answer to a large body: resolves when it has come, pauses for `quietMs`, or has taken `maxMs` or
 * 32 MB. A gateway closes once it has an answer, and its client would never see it.
 */
export const drained = (
  request: IncomingMessage,
  { quietMs, maxMs }: { quietMs: number; maxMs: number },
): Promise<void> => {
  if (request.destroyed || isSoonRead(request) || expectsContinue(request)) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  let bytes = 0;
  const quiet = setTimeout(resolve, quietMs);
  const late = setTimeout(resolve, maxMs);
  const drop = (chunk: Buffer): void => {
    bytes += chunk.length;
    quiet.refresh();
    if (bytes > DRAIN_BYTES_MAX) resolve();
  };
  request.on('error', resolve).once('close', resolve).once('end', resolve).on('data', drop).resume();
  return promise.finally(() => {
    clearTimeout(quiet);
    clearTimeout(late);
    request.off('data', drop);
  });
};

/**
 * With an answer to a request whose body was not wanted: what still comes is discarded for `lingerMs`, then
 * the connection ends. Closed at once it would be reset, and the answer lost.
 */
export const leaveUnread = (request: IncomingMessage, response: ServerResponse, lingerMs: number): void => {
  if (isSoonRead(request)) return;
  // A client that waits for its body to be asked for may send it, or the next request.
  if (expectsContinue(request)) response.setHeader('connection', 'close');
  request.on('error', () => {}).resume();
  setTimeout(() => !request.complete && request.destroy(), lingerMs).unref();
};
