/** One request of the fuzzer, how it is sent, and how a person repeats it. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Exchange } from '../kit/test-stack.ts';

export interface Shot {
  method: string;
  /** Path and query as they go out. */
  path: string;
  /** A name may be there twice. `content-type` is JSON unless given. */
  headers?: [name: string, value: string][];
  body?: string | Buffer;
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  tookMs: number;
}

/** Above it an answer counts as a hang. A machine that stalls is no finding; the service gives a request up only after 30 s. */
export const PATIENCE_MS = 25_000;

/** The header names that a shot goes out with, lower case. */
export const headersOf = ({ headers = [], body }: Shot): [string, string][] =>
  body !== undefined && !headers.some(([name]) => name.toLowerCase() === 'content-type')
    ? [['content-type', 'application/json'], ...headers]
    : headers;

const flat = (headers: [string, string][]): string[] => headers.flat();

const headersFrom = (raw: string[]): Headers => {
  const headers = new Headers();
  for (let at = 0; at + 1 < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
};

/** Keeps its connections. `fire` rejects when there is no answer within {@link PATIENCE_MS}, or none at all. */
export const makeGun = (apiUrl: string) => {
  const { hostname, port } = new URL(apiUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });

  const once = (shot: Shot, fresh: boolean): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const { method, path, body } = shot;
      const bytes = body === undefined ? undefined : Buffer.from(body as string);
      const length: [string, string][] = bytes === undefined ? [] : [['content-length', String(bytes.length)]];
      const headers = flat([['host', `${hostname}:${port}`], ...length, ...headersOf(shot)]);
      const outgoing = request({
        hostname,
        port,
        agent: fresh ? false : agent,
        method,
        path,
        headers,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      outgoing
        .on('error', (error) => reject(Object.assign(error, { again: outgoing.reusedSocket })))
        .on('response', async (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('error', reject).on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: headersFrom(incoming.rawHeaders),
              text: Buffer.concat(chunks).toString(),
              tookMs: performance.now() - startedAt,
            }),
          );
        });
      outgoing.end(bytes);
    });

  /** A kept connection may end just as it is used again: only a new one that ends is an answer. */
  const fire = (shot: Shot): Promise<Reply> =>
    once(shot, false).catch((error: NodeJS.ErrnoException & { again?: boolean }) => {
      if (error.again && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) return once(shot, true);
      throw error;
    });

  return { fire, close: () => agent.destroy() };
};

export type Gun = ReturnType<typeof makeGun>;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Judged by its media type.
  }
};

/** As the conformance kit takes it. Bytes that are no UTF-8 are not a value that a schema could be held against. */
export const exchangeOf = (shot: Shot, reply: Reply): Exchange => {
  const { method, path, body } = shot;
  const json = reply.headers.get('content-type')?.includes('json') === true;
  return {
    method,
    path,
    sent: Buffer.isBuffer(body) || body === '' ? undefined : body,
    headers: Object.fromEntries(
      headersOf(shot).map(([name, value]) => [
        name.toLowerCase(),
        name === 'content-type' ? value.toLowerCase() : value,
      ]),
    ),
    answer: {
      status: reply.status,
      headers: reply.headers,
      text: reply.text,
      body: json ? parsed(reply.text) : undefined,
    },
  };
};

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const INLINE_MAX = 2_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal does not carry.
const PLAIN = /^[^\u0000-\u0008\u000b-\u001f\u007f-\uffff]*$/;

const dataOf = (body: string | Buffer): string => {
  if (typeof body === 'string' && body.length <= INLINE_MAX && PLAIN.test(body)) return quoted(body);
  const path = join(tmpdir(), `fuzz-${randomBytes(4).toString('hex')}.body`);
  writeFileSync(path, body);
  return `@${path}`;
};

/** The shot as a command; a body that a shell would not carry is kept in a file. */
export const curlOf = (apiUrl: string, shot: Shot): string => {
  const headers = headersOf(shot).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const data = shot.body === undefined ? [] : [`--data-binary ${dataOf(shot.body)}`];
  return ['curl -i --path-as-is -g', `-X ${shot.method}`, ...headers, ...data, quoted(`${apiUrl}${shot.path}`)].join(
    ' ',
  );
};
