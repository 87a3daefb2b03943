/** One request of the fuzzer, how it is sent, and the command that repeats it. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, type Client, headerRecord } from '../kit/client.ts';
import type { Exchange } from '../kit/openapi-conformance.ts';

export interface FuzzRequest {
  method: string;
  /** Path and query as they are sent. */
  path: string;
  /** A name may be there twice. `content-type` is JSON unless given. */
  headers?: [name: string, value: string][];
  body?: string | Buffer;
}

/**
 * Above it an answer counts as a hang. A machine that stalls is no finding; the service gives a
 * request up only after 30 s.
 */
export const TIMEOUT_MS = 25_000;

/** With the content type that is sent by default. */
export const headersOf = ({ headers = [], body }: FuzzRequest): [string, string][] =>
  body !== undefined && !headers.some(([name]) => name.toLowerCase() === 'content-type')
    ? [['content-type', 'application/json'], ...headers]
    : headers;

/** Rejects when there is no answer within {@link TIMEOUT_MS}, or none at all. */
export const send = (client: Client, request: FuzzRequest): Promise<Answer<unknown>> =>
  client.call(request.method, request.path, request.body, { headers: headersOf(request) });

/** For the judge of the OpenAPI document. Bytes that are no UTF-8 are not a value that has a schema. */
export const exchangeOf = (request: FuzzRequest, answer: Answer<unknown>): Exchange => {
  const { method, path, body } = request;
  const headers = headerRecord(headersOf(request));
  const mediaType = headers['content-type']?.toLowerCase();
  return {
    method,
    path,
    sent: Buffer.isBuffer(body) || body === '' ? undefined : body,
    headers: { ...headers, ...(mediaType !== undefined && { 'content-type': mediaType }) },
    answer,
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

/** The request as a command; a body that a shell would not carry is kept in a file. */
export const curlOf = (apiUrl: string, request: FuzzRequest): string => {
  const headers = headersOf(request).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const data = request.body === undefined ? [] : [`--data-binary ${dataOf(request.body)}`];
  return [
    'curl -i --path-as-is -g',
    `-X ${request.method}`,
    ...headers,
    ...data,
    quoted(`${apiUrl}${request.path}`),
  ].join(' ');
};
