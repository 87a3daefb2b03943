/** What the whole-flow tests share: one real stack a file, its API, its clock, and a receiver of webhooks. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { type Stack, startStack } from '../../../localstack/testing/stack.ts';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type UntilOptions, until } from './until.ts';

export type { Behaviour, Received, Receiver } from './receiver.ts';
export { until } from './until.ts';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  /** Parsed where it is JSON, else undefined. */
  body: T;
  text: string;
}

export const DAY_MS = 86_400_000;

const isRaw = (body: unknown): body is string | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' || body instanceof Uint8Array;

/** One request. A string or bytes go out as they are, anything else as JSON; `content-type` is JSON unless given. */
export const request = async <T = Record<string, unknown>>(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> => {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: isRaw(body) ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    body: (json ? JSON.parse(text) : undefined) as T,
    text,
  };
};

export interface Exchange {
  method: string;
  path: string;
  /** What was sent, as it was given. */
  sent: unknown;
  headers: Record<string, string>;
  answer: Answer<unknown>;
}

export interface WorldOptions {
  env?: Record<string, string>;
  /** Fills the data directory before the stack starts; what it answers is added to `env`. */
  prepare?: (dataDir: string) => Record<string, string>;
  /** Sees every exchange with the API. */
  onAnswer?: (seen: Exchange) => void;
}

export interface World {
  stack: Stack;
  receiver: Receiver;
  dataDir: string;
  /** Newest first; each of them signs. */
  secrets: string[];
  api<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  /** POST /notifications/, 201; due at once by e-mail unless told otherwise. Throws on any other status. */
  create(input?: Record<string, unknown>, headers?: Record<string, string>): Promise<NotificationView>;
  read(id: string): Promise<NotificationView>;
  /** Awaits a notification that is as wanted. */
  untilIs(
    id: string,
    wanted: NotificationView['status'] | ((n: NotificationView) => boolean),
    options?: UntilOptions,
  ): Promise<NotificationView>;
  /** The virtual clock, epoch ms. */
  now(): Promise<number>;
  /** RFC 3339, this many ms from now by the virtual clock. */
  at(fromNowMs: number): Promise<string>;
  /** Moves the clock at once. */
  advance(duration: string): Promise<void>;
  /** Moves the clock through the due times in between. */
  pass(duration: string): Promise<void>;
  /** Advances the clock to a time, epoch ms or RFC 3339; one that is past by now stays past. */
  advanceTo(time: number | string): Promise<void>;
  /** `POST /_local/faults`, e.g. `{ service: 'sqs', mode: 'error' }`. */
  fault(body: Record<string, unknown>): Promise<void>;
  /** Ends the stack and starts it again on the same ports and folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const secret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
const portOf = (url: string): number => Number(new URL(url).port);

export const openWorld = async ({ env: given = {}, prepare, onAnswer }: WorldOptions = {}): Promise<World> => {
  const directory = temporaryDirectory();
  const env = { ...given, ...prepare?.(directory.path) };
  const secrets = [secret(), secret()];
  const receiver = await startReceiver(secrets);
  const settings = { dataDir: directory.path, env: { WEBHOOK_SECRETS: secrets.join(' '), LOG_LEVEL: 'WARN', ...env } };
  const stack = await startStack(settings).catch(async (error: unknown) => {
    await receiver.close();
    directory.remove();
    throw error;
  });

  const api: World['api'] = async (method, path, body, headers = {}) => {
    const answer = await request(
      path.startsWith('http') ? path : `${world.stack.apiUrl}${path}`,
      method,
      body,
      headers,
    );
    onAnswer?.({ method, path, sent: body, headers, answer });
    return answer as never;
  };
  const local = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await request<T>(`${world.stack.awsUrl}/_local/${path}`, method, body);
    if (answer.status >= 300) throw new Error(`${method} /_local/${path}: ${answer.text}`);
    return answer.body;
  };
  const read: World['read'] = async (id) => {
    const answer = await api<NotificationView>('GET', `/api/v1/notifications/${id}`);
    if (answer.status !== 200) throw new Error(`GET ${id}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const now = async () => Date.parse((await local<{ now: string }>('GET', 'clock')).now);

  const world: World = {
    stack,
    receiver,
    dataDir: directory.path,
    secrets,
    api,
    read,
    now,
    at: async (fromNowMs) => new Date((await now()) + fromNowMs).toISOString(),
    create: async (input = {}, headers) => {
      const timing = 'target_date' in input || 'send_at' in input ? {} : { send_at: await world.at(0) };
      const reachable = ['email', 'phone', 'webhook_url', 'endpoint_id'].some((name) => name in input);
      const recipient = reachable ? {} : { email: 'user@example.com' };
      const body = { notification_type: 'user.signup', entity_id: 'user-1', ...timing, ...recipient, ...input };
      const answer = await api<NotificationView>('POST', '/api/v1/notifications/', body, headers);
      if (answer.status !== 201) throw new Error(`POST /notifications/: ${answer.status} ${answer.text}`);
      return answer.body;
    },
    untilIs: (id, wanted, options) => {
      let last: NotificationView | undefined;
      const fits = typeof wanted === 'string' ? (n: NotificationView) => n.status === wanted : wanted;
      const probe = async () => {
        last = await read(id);
        return fits(last) && last;
      };
      return until(`${id} is ${wanted}`, probe, options).catch((error: Error) => {
        throw new Error(`${error.message}; it is ${JSON.stringify(last)}`, { cause: error });
      });
    },
    advance: (duration) => world.stack.advance(duration),
    pass: (duration) => world.stack.pass(duration),
    advanceTo: async (time) => {
      const byMs = new Date(time).getTime() - (await now());
      if (byMs > 0) await world.stack.advance(`PT${byMs / 1_000}S`);
    },
    fault: async (body) => void (await local('POST', 'faults', body)),
    restart: async () => {
      const ports = { port: portOf(world.stack.apiUrl), awsPort: portOf(world.stack.awsUrl) };
      await world.stack.stop();
      world.stack = await startStack({ ...settings, ...ports });
    },
    close: async () => {
      await world.stack.stop().finally(() => receiver.close());
      directory.remove();
    },
  };
  return world;
};

/** A world for the tests of one file, there when they run and gone afterwards however they end. */
export const useWorld = (options: WorldOptions = {}): World => {
  const world = {} as World;
  let opened: World | undefined;
  beforeAll(async () => {
    opened = await openWorld(options);
    // By getter: `restart` replaces the stack.
    Object.assign(world, opened);
    Object.defineProperty(world, 'stack', { get: () => opened?.stack, configurable: true });
  });
  afterAll(() => opened?.close());
  return world;
};
