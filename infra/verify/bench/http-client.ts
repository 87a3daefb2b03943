/** A client that costs little: the machine that is measured also runs it. */
import { Agent, request } from 'node:http';

export interface Answer {
  status: number;
  text: string;
  /** The Link header. */
  link: string | undefined;
  /** The Retry-After header, s. */
  retryAfterSeconds: number | undefined;
}

export interface Client {
  /** Rejects when the connection fails; any status is an answer. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  close(): void;
}

const TIMEOUT_MS = 30_000;

/** @param always headers of every request */
export const makeClient = (url: string, socketsMax = 512, always: Record<string, string> = {}): Client => {
  const agent = new Agent({ keepAlive: true, maxSockets: socketsMax });
  const { hostname, port } = new URL(url);
  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers =
        text === undefined
          ? always
          : { ...always, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const asked = request({ hostname, port, agent, method, path, headers, timeout: TIMEOUT_MS }, (answer) => {
        let received = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          received += chunk;
        });
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            text: received,
            link: String(answer.headers.link ?? '') || undefined,
            retryAfterSeconds: answer.headers['retry-after'] ? Number(answer.headers['retry-after']) : undefined,
          }),
        );
        answer.on('error', reject);
      });
      asked.on('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer within ${TIMEOUT_MS} ms`)));
      asked.on('error', reject);
      asked.end(text);
    });
  return { call, close: () => agent.destroy() };
};

/** The answer's JSON; throws on any status but `status`. */
export const expectJson = async <T>(status: number, answer: Promise<Answer>): Promise<T> => {
  const { status: got, text } = await answer;
  if (got !== status) throw new Error(`expected ${status}, got ${got}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
};
