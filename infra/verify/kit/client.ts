/**
 * The HTTP client of everything that judges a service: node:http and not fetch, which can set
 * neither Host nor the authority to trust.
 */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { explain } from './explain.ts';
import type { Target } from './target.ts';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  /** Parsed when the content type is JSON, else undefined. */
  body: T;
  text: string;
  durationMs: number;
}

/** Pairs where a name is sent twice. */
export type RequestHeaders = Record<string, string> | readonly (readonly [name: string, value: string])[];

export interface CallOptions {
  /** They replace the client's own by name, whatever its case. */
  headers?: RequestHeaders;
  /** False: the request goes out without the key. */
  authorized?: boolean;
  /** Default: the client's. */
  timeoutMs?: number;
}

export interface Client {
  /**
   * Any status is an answer. A string or bytes are sent unchanged, anything else as JSON; the path
   * is sent unchanged. Throws Unreachable.
   */
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    options?: CallOptions,
  ): Promise<Answer<T>>;
  close(): void;
}

/** There was no answer to judge: its message says why, in a sentence. */
export class Unreachable extends Error {
  /** Of the system, such as ECONNREFUSED; undefined after the timeout. */
  readonly code: string | undefined;

  constructor(message: string, cause: unknown, isTimeout: boolean) {
    super(message, { cause });
    this.code = isTimeout ? undefined : (cause as NodeJS.ErrnoException).code;
  }
}

/** Undefined when there was no answer: then what the service did is unknown. */
export const answerIfAny = <T>(asked: Promise<Answer<T>>): Promise<Answer<T> | undefined> =>
  asked.catch((error: unknown) => {
    if (error instanceof Unreachable) return undefined;
    throw error;
  });

const pairsOf = (headers: RequestHeaders): readonly (readonly [string, string])[] =>
  Array.isArray(headers) ? headers : Object.entries(headers);

/** By name in lower case. */
export const headerRecord = (headers: RequestHeaders = {}): Record<string, string> =>
  Object.fromEntries(pairsOf(headers).map(([name, value]) => [name.toLowerCase(), value]));

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

const headersOf = ({ rawHeaders }: IncomingMessage): Headers => {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  return headers;
};

/** By events, which cost less than an iterator: the machine that is measured also runs this. */
const bytesIn = (response: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('error', reject).on('end', () => resolve(Buffer.concat(chunks)));
    response.on('data', (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > ANSWER_BYTES_MAX) response.destroy(new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`));
    });
  });

const textOf = async (response: IncomingMessage): Promise<string> => {
  const bytes = await bytesIn(response);
  const isGzip = response.headers['content-encoding'] === 'gzip' && bytes.length > 0;
  return (isGzip ? gunzipSync(bytes) : bytes).toString();
};

const parsed = (text: string, contentType: string | null): unknown => {
  if (!contentType?.includes('json') || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the content type of the answer is JSON, and the answer is not');
  }
};

const bytesOf = (body: unknown): string | Uint8Array | undefined =>
  body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);

/** A kept connection that the server closed as it was used again: nothing was read, so nothing was done. */
const wasClosed = (request: ClientRequest, error: unknown): boolean =>
  request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');

interface ClientOptions {
  timeoutMs: number;
  /** Requests in flight; the others wait, and their time counts. Default: no limit. */
  socketsMax?: number;
  /** Default true: a request on a kept connection that was closed as it was used again is sent once more. */
  resends?: boolean;
  /** Called for each request that is sent once more. */
  onResend?(): void;
}

export const makeClient = (
  { url, ca, key, host }: Target,
  { timeoutMs: limitMs, socketsMax, resends = true, onResend }: ClientOptions,
): Client => {
  const isSecure = url.startsWith('https:');
  const start = isSecure ? httpsRequest : httpRequest;
  const pool = { keepAlive: true, maxSockets: socketsMax ?? Number.POSITIVE_INFINITY };
  const agent = isSecure ? new HttpsAgent(pool) : new HttpAgent(pool);
  const base = new URL(url);
  const prefix = base.pathname.replace(/\/$/, '');
  const tls = { ...(ca && { ca }), ...(host && { servername: host.replace(/:\d+$/, '') }) };
  const fixed = { ...urlToHttpOptions(base), agent, ...(isSecure && tls) };

  const send = (options: RequestOptions, bytes: string | Uint8Array | undefined): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const asked = start({ ...fixed, ...options });
      asked.on('response', resolve);
      asked.on('error', (error) => {
        if (!resends || !wasClosed(asked, error)) return reject(error);
        onResend?.();
        send(options, bytes).then(resolve, reject);
      });
      asked.end(bytes);
    });

  const headersFor = (bytes: string | Uint8Array | undefined, given: RequestHeaders, authorized: boolean): string[] => {
    const own = pairsOf(given);
    const named = new Set(own.map(([name]) => name.toLowerCase()));
    const defaults: [string, string][] = [
      ['host', host ?? base.host],
      ['accept', '*/*'],
      ['user-agent', 'event-notification-service-check'],
      ...(bytes === undefined
        ? []
        : ([
            ['content-type', 'application/json'],
            ['content-length', String(Buffer.byteLength(bytes))],
          ] as [string, string][])),
      ...(key && authorized ? [['authorization', `Bearer ${key}`] as [string, string]] : []),
    ];
    return [...defaults.filter(([name]) => !named.has(name)), ...own].flat();
  };

  const call: Client['call'] = async (method, path, body, options = {}) => {
    const { headers = {}, authorized = true, timeoutMs = limitMs } = options;
    const bytes = bytesOf(body);
    const startedAt = performance.now();
    const signal = AbortSignal.timeout(timeoutMs);
    const asked = { method, path: `${prefix}${path}`, headers: headersFor(bytes, headers, authorized), signal };
    try {
      const response = await send(asked, bytes);
      const text = await textOf(response);
      const answered = headersOf(response);
      return {
        status: response.statusCode ?? 0,
        headers: answered,
        body: parsed(text, answered.get('content-type')) as never,
        text,
        durationMs: performance.now() - startedAt,
      };
    } catch (error) {
      const why = signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : explain(error, url);
      throw new Unreachable(`${method} ${path}: ${why}`, error, signal.aborted);
    }
  };

  return { call, close: () => agent.destroy() };
};

const clients = new Map<string, Client>();
const REQUEST_TIMEOUT_MS = 300_000;

/** One request to any URL, sent once, on a connection that is kept for the next to the same origin. */
export const request = <T = Record<string, unknown>>(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
  timeoutMs = REQUEST_TIMEOUT_MS,
): Promise<Answer<T>> => {
  const { origin, pathname, search } = new URL(url);
  const client = clients.get(origin) ?? makeClient({ url: origin }, { timeoutMs: REQUEST_TIMEOUT_MS, resends: false });
  clients.set(origin, client);
  return client.call<T>(method, `${pathname}${search}`, body, {
    headers: { 'accept-encoding': 'gzip', ...headers },
    timeoutMs,
  });
};
