/**
 * One POST over node:http: the head of its answer, whose body is read and dropped. Redirects are
 * not followed.
 */
import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { HANDSHAKE_FAILED } from './failure.ts';
import { HEADER_BYTES_MAX, invalidResponse, limitHead } from './response-limits.ts';

interface PostOptions {
  headers: Record<string, string | number>;
  /** Aborts the request, and the reading of its answer. */
  signal: AbortSignal;
  /** Of kept connections. */
  agent: Agent;
  /** Makes a connection for each request. */
  freshAgent: Agent;
}

export interface Answer {
  response: IncomingMessage;
  /** Resolves, always, once the body has been read or its connection cut. */
  ended: Promise<void>;
}

type Posted = { resent: boolean } & ({ answer: Answer } | { error: unknown });

/**
 * `isStale`: a kept connection closed before any byte of an answer, which most likely had crossed
 * with the request.
 */
type Exchange = { answer: Answer } | { error: unknown; isStale: boolean };

/**
 * A connection on which nothing moves is given up, should the caller's signal be longer than the
 * standard's 15 to 30 s.
 */
const INACTIVITY_MS = 30_000;
/** A longer body is cut: receivers decide its length, and nothing in it is used. */
const BODY_BYTES_MAX = 64 * 1024;
const RESET = new Set(['ECONNRESET', 'EPIPE']);

const timedOut = () => Object.assign(new Error('Nothing moved on the connection'), { code: 'ETIMEDOUT' });
const aborted = () => Object.assign(new Error('Given up by the caller'), { code: 'ABORT_ERR' });
const hungUp = () => Object.assign(new Error('Closed without an answer'), { code: 'ECONNRESET' });

const isReset = (error: unknown): boolean => RESET.has(String((error as NodeJS.ErrnoException).code));

const handshakeFailed = (cause: Error) =>
  Object.assign(new Error('Closed during the TLS handshake', { cause }), { code: HANDSHAKE_FAILED });

/**
 * The connection of a receiver that answers early stays open: cutting it cancels the receiver's
 * work in many frameworks.
 */
const discard = (response: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    let bytes = 0;
    response
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > BODY_BYTES_MAX) response.destroy();
      })
      // An answer cut short, by us or by them, changes nothing: its status is already known.
      .on('error', () => response.destroy())
      .on('close', resolve);
  });

/**
 * Connections that have carried a request. `request.reusedSocket` misses those taken over by a
 * request that waited for one.
 */
const used = new WeakSet<Socket>();

const exchange = (url: URL, body: Buffer, { headers, signal, agent }: Omit<PostOptions, 'freshAgent'>) =>
  new Promise<Exchange>((resolve) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const limits = { timeout: INACTIVITY_MS, maxHeaderSize: HEADER_BYTES_MAX + 1 };
    const request: ClientRequest = start(url, { headers, agent, ...limits, method: 'POST' });
    // Not the option `signal`, which takes many times as long.
    const abort = (): void => void request.destroy(aborted());
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    const received = limitHead(request);
    let isReused = false;
    let isSecuring = false;
    let isAnswered = false;
    const fail = (error: Error): void => {
      const isStale = isReused && received.bytes() === 0 && isReset(error);
      resolve({ error: isSecuring && isReset(error) ? handshakeFailed(error) : error, isStale });
    };
    request
      .on('socket', (socket) => {
        isReused = used.has(socket);
        used.add(socket);
        isSecuring = !isReused && url.protocol === 'https:';
        if (isSecuring)
          socket.once('secureConnect', () => {
            isSecuring = false;
          });
      })
      .on('response', (response) => {
        isAnswered = true;
        resolve({ answer: { response, ended: discard(response) } });
      })
      .on('upgrade', (_response, upgraded) => {
        upgraded.destroy();
        fail(invalidResponse());
      })
      .on('timeout', () => request.destroy(timedOut()))
      .on('error', fail)
      .on('close', () => {
        signal.removeEventListener('abort', abort);
        if (!isAnswered) fail(hungUp()); // a connection may end without an error
      })
      .end(body);
  });

/**
 * A request on a kept connection that closes before any byte of an answer is sent once more, on a
 * fresh one: servers close idle connections whenever they like (RFC 9112, 9.3.1).
 */
export const post = async (url: URL, body: Buffer, { freshAgent, ...options }: PostOptions): Promise<Posted> => {
  const first = await exchange(url, body, options);
  if (!('error' in first && first.isStale)) return { ...first, resent: false };
  return { ...(await exchange(url, body, { ...options, agent: freshAgent })), resent: true };
};
