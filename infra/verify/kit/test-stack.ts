/** A real stack with its API, its clock and a receiver of webhooks. */
import { randomBytes } from 'node:crypto';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { type Stack, startStack } from '../../../localstack/testing/stack.ts';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { type Answer, request } from './client.ts';
import { type InboxEntry, localAwsAt } from './local-aws.ts';
import type { Exchange } from './openapi-conformance.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type UntilOptions, until } from './until.ts';

export const DAY_MS = 86_400_000;

export interface TestStackOptions {
  env?: Record<string, string>;
  /** Fills the data directory before the stack starts; what it answers is added to `env`. */
  prepare?: (dataDir: string) => Record<string, string>;
  /** Sees every exchange with the API. */
  onAnswer?: (seen: Exchange) => void;
}

export interface TestStack {
  processes: Stack;
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
  /** POST /notifications/, 201; due at once by e-mail by default. Throws on any other status. */
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
  /** What the local AWS delivered of a notification by e-mail and SMS. */
  inbox(notificationId: string): Promise<InboxEntry[]>;
  /** Ends the stack and starts it again on the same ports and folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** More ports than bulkheads that a test fills. */
const RECEIVER_PORTS = 16;
const LOCAL_TIMEOUT_MS = 300_000;
const secret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
const portOf = (url: string): number => Number(new URL(url).port);

export const startTestStack = async ({
  env: given = {},
  prepare,
  onAnswer,
}: TestStackOptions = {}): Promise<TestStack> => {
  const directory = temporaryDirectory();
  const env = { ...given, ...prepare?.(directory.path) };
  const secrets = [secret(), secret()];
  const receiver = await startReceiver({ secrets, ports: RECEIVER_PORTS });
  const settings = { dataDir: directory.path, env: { WEBHOOK_SECRETS: secrets.join(' '), LOG_LEVEL: 'WARN', ...env } };
  const processes = await startStack(settings).catch(async (error: unknown) => {
    await receiver.close();
    directory.remove();
    throw error;
  });

  const api: TestStack['api'] = async (method, path, body, headers = {}) => {
    const answer = await request(
      path.startsWith('http') ? path : `${stack.processes.apiUrl}${path}`,
      method,
      body,
      headers,
    );
    onAnswer?.({ method, path, sent: body, headers, answer });
    return answer as never;
  };
  const read: TestStack['read'] = async (id) => {
    const answer = await api<NotificationView>('GET', `/api/v1/notifications/${id}`);
    if (answer.status !== 200) throw new Error(`GET ${id}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const localAws = () => localAwsAt(stack.processes.awsUrl, LOCAL_TIMEOUT_MS);

  const stack: TestStack = {
    processes,
    receiver,
    dataDir: directory.path,
    secrets,
    api,
    read,
    now: () => localAws().now(),
    at: async (fromNowMs) => new Date((await stack.now()) + fromNowMs).toISOString(),
    create: async (input = {}, headers) => {
      const timing = 'target_date' in input || 'send_at' in input ? {} : { send_at: await stack.at(0) };
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
    advance: (duration) => stack.processes.advance(duration),
    pass: (duration) => stack.processes.pass(duration),
    advanceTo: async (time) => {
      const byMs = new Date(time).getTime() - (await stack.now());
      if (byMs > 0) await stack.processes.advance(`PT${byMs / 1_000}S`);
    },
    fault: (body) => localAws().fault(body),
    inbox: (id) => localAws().inbox(id),
    restart: async () => {
      const ports = { port: portOf(stack.processes.apiUrl), awsPort: portOf(stack.processes.awsUrl) };
      await stack.processes.stop();
      stack.processes = await startStack({ ...settings, ...ports });
    },
    close: async () => {
      await stack.processes.stop().finally(() => receiver.close());
      directory.remove();
    },
  };
  return stack;
};

/** A stack for one piece of work, ended when the work has ended or failed. */
export const withTestStack = async <T>(
  options: TestStackOptions,
  work: (stack: TestStack) => Promise<T>,
): Promise<T> => {
  const stack = await startTestStack(options);
  try {
    return await work(stack);
  } finally {
    await stack.close();
  }
};
