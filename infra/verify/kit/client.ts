/** HTTP as the service's callers speak it: node:http and not fetch, which can set neither Host nor the authority to trust. */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { explain } from './explain.ts';
import type { Target } from './target.ts';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  /** Parsed where it says that it is JSON, else undefined. */
  body: T;
  text: string;
  durationMs: number;
}

export interface CallOptions {
  /** Names in lower case. */
  headers?: Record<string, string>;
  /** False: the request goes out without the key. */
  authorized?: boolean;
}

export interface Client {
  /** Any status is an answer. A string goes out as it is, anything else as JSON. Throws Unreachable. */
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    options?: CallOptions,
  ): Promise<Answer<T>>;
  close(): void;
}

/** There was no answer to judge: its message says why, in a sentence. */
export class Unreachable extends Error {}

const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

const headersOf = (response: IncomingMessage): Headers => {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  return headers;
};

const textOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
};

const parsed = (text: string, contentType: string | null): unknown => {
  if (!contentType?.includes('json') || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the answer says that it is JSON, and is not');
  }
};

/** A kept connection that the server closed as it was taken again: nothing was read, so nothing was done. */
const wasClosed = (request: ClientRequest, error: unknown): boolean =>
  request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';

export interface ClientOptions {
  timeoutMs: number;
  /** Requests in flight; the rest waits, and its time counts. Default: no limit. */
  socketsMax?: number;
  /** Told of each kept connection that was closed as it was taken again: the request goes out once more by itself. */
  onClosed?(): void;
}

export const makeClient = (
  { url, ca, key, host }: Target,
  { timeoutMs, socketsMax, onClosed }: ClientOptions,
): Client => {
  const isSecure = url.startsWith('https:');
  const start = isSecure ? httpsRequest : httpRequest;
  const pool = { keepAlive: true, maxSockets: socketsMax ?? Number.POSITIVE_INFINITY };
  const agent = isSecure ? new HttpsAgent(pool) : new HttpAgent(pool);
  const tls = { ...(ca && { ca }), ...(host && { servername: host.replace(/:\d+$/, '') }) };

  const send = (path: string, text: string | undefined, options: RequestOptions): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const asked = start(`${url}${path}`, { ...options, agent, ...(isSecure && tls) });
      asked.on('response', resolve);
      asked.on('error', (error) => {
        if (!wasClosed(asked, error)) return reject(error);
        onClosed?.();
        send(path, text, options).then(resolve, reject);
      });
      asked.end(text);
    });

  const call: Client['call'] = async (method, path, body, { headers = {}, authorized = true } = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const sent = {
      accept: '*/*',
      'user-agent': 'event-notification-service-check',
      ...(text !== undefined && {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
      }),
      ...(host && { host }),
      ...(key && authorized && { authorization: `Bearer ${key}` }),
      ...headers,
    };
    const startedAt = performance.now();
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await send(path, text, { method, headers: sent, signal });
      const received = await textOf(response);
      const answered = headersOf(response);
      return {
        status: response.statusCode ?? 0,
        headers: answered,
        body: parsed(received, answered.get('content-type')) as never,
        text: received,
        durationMs: performance.now() - startedAt,
      };
    } catch (error) {
      const why = signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : explain(error, url);
      throw new Unreachable(`${method} ${path}: ${why}`, { cause: error });
    }
  };

  return { call, close: () => agent.destroy() };
};
