/** Two containers' worth of the service on one local AWS: SIGTERM to one of them in the middle of a load. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { type Aws, freePort, startAws } from '../../../localstack/testing/stack.ts';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { request } from '../kit/client.ts';
import { type Receiver, startReceiver } from '../kit/receiver.ts';
import { until } from '../kit/until.ts';
import { makeBalancer } from './shutdown-balancer.ts';

const MAIN = fileURLToPath(new URL('../../../lib/runtime/main.ts', import.meta.url));
const GRACE_SECONDS = 20;
/** Much longer than the balancer goes by what it saw. */
const DRAIN_SECONDS = 3;
const PATH = '/shutdown';
/** A receiver's answer: some are always in flight. */
const ANSWER_AFTER_MS = 300;
/** Requests at once. */
const LANES = 12;
/** A message that was not given back would be away for minutes. */
const PROMPT_MS = 15_000;
/** Then the reconciler or the queue brings it back. */
const RECOVERED_MS = 240_000;
/**
 * An answer of the queue that is on its way just as its receive is broken off is not given back;
 * mostly there is none.
 */
const TRIES = 3;

export interface Pod {
  url: string;
  process: ChildProcess;
  /** When, as `performance.now()` says it. */
  exited: Promise<{ code: number | null; at: number }>;
}

/** Runs the service with this environment; a signal to the process is a signal to it. */
type Launch = (environment: Record<string, string>) => ChildProcess;

const asProcess: Launch = (environment) =>
  spawn(process.execPath, [MAIN], { env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] });

const startPod = async (aws: Aws, secret: string, launch: Launch): Promise<Pod> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = launch({
    ...aws.environment,
    STAGE: 'local',
    AUTH_MODE: 'none',
    HOST: '127.0.0.1',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    WEBHOOK_ALLOW_PRIVATE: 'true',
    WEBHOOK_ALLOW_HTTP: 'true',
    WEBHOOK_SECRETS: secret,
    CURSOR_SECRET: 'the same for all that answer as one',
    PORT: String(port),
    GRACE_SECONDS: String(GRACE_SECONDS),
    DRAIN_SECONDS: String(DRAIN_SECONDS),
    LOG_LEVEL: 'WARN',
  });
  const exited = once(child, 'exit').then(([code]) => ({ code: code as number | null, at: performance.now() }));
  const isReady = async () => (await fetch(`${url}/health/ready`)).ok;
  await until('the container is ready', isReady, { deadlineMs: 60_000, everyMs: 50 }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return { url, process: child, exited };
};

export interface Load {
  /** At least; it goes on until the container has ended. */
  count: number;
  perSecond: number;
}

interface Shutdown {
  exitCode: number | null;
  tookMs: number;
  /** Of the one that ends, from the signal on: what its probes said, `undefined` once the port was closed. */
  probes: { ready: number | undefined; live: number | undefined }[];
  asked: number;
  accepted: number;
  /** Requests that were answered otherwise than 201, or not at all. */
  failed: string[];
  /** In words, with ids: lost, doubled, not SENT. */
  broken: string[];
  /** Ids of those that were away before they were SENT. */
  delayed: string[];
}

const judge = async (url: string, receiver: Receiver, ids: string[]): Promise<Pick<Shutdown, 'broken' | 'delayed'>> => {
  const views = new Map<string, NotificationView>();
  const untilEnded = (id: string, deadlineMs: number): Promise<boolean> => {
    const hasEnded = async (): Promise<boolean> => {
      const view = (await request<NotificationView>(`${url}/api/v1/notifications/${id}`, 'GET')).body;
      views.set(id, view);
      return ['SENT', 'FAILED', 'CANCELED'].includes(view.status);
    };
    return until(`${id} has ended`, hasEnded, { deadlineMs }).catch(() => false);
  };
  const delayed: string[] = [];
  for (const id of ids) if (!(await untilEnded(id, PROMPT_MS))) delayed.push(id);
  for (const id of delayed) await untilEnded(id, RECOVERED_MS);
  const broken: string[] = [];
  for (const id of ids) {
    const view = views.get(id);
    const arrivals = receiver.of(id).length;
    if (view?.status !== 'SENT' || view.attempts.length !== 1 || arrivals !== 1)
      broken.push(`${id}: ${view?.status}, ${view?.attempts.length} attempts, ${arrivals} arrivals`);
  }
  return { broken, delayed };
};

const endOneOf = async (pods: [Pod, Pod], receiver: Receiver, { count, perSecond }: Load): Promise<Shutdown> => {
  const [ends, stays] = pods;
  const balancer = makeBalancer(pods);
  const failed: string[] = [];
  const ids: string[] = [];
  const body = () => ({
    notification_type: 'user.signup',
    entity_id: 'user-1',
    webhook_url: receiver.url(PATH),
    send_at: new Date(Date.now() + Math.random() * 1_500).toISOString(),
  });
  const post = async (url: string): Promise<void> => {
    try {
      const answer = await request<{ id: string }>(`${url}/api/v1/notifications/`, 'POST', body());
      if (answer.status === 201) ids.push(answer.body.id);
      else failed.push(`${answer.status} ${answer.text}`);
    } catch (error) {
      failed.push(String((error as Error).cause ?? error));
    }
  };
  let asked = 0;
  let signaledAt = 0;
  let hasEnded = false;
  const exited = ends.exited.then((exit) => {
    hasEnded = true;
    return exit;
  });
  // Each goes on when it is answered: on a delayed machine fewer a second are asked, and never more at once.
  const lane = async (): Promise<void> => {
    while (asked < count || !hasEnded) {
      asked += 1;
      if (asked === Math.ceil(count / 3)) {
        signaledAt = performance.now();
        ends.process.kill('SIGTERM');
      }
      await post((await balancer.next()).url);
      await sleep((LANES * 1_000) / perSecond);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const { code: exitCode, at: exitedAt } = await exited;
  await balancer.stop();
  return {
    exitCode,
    tookMs: exitedAt - signaledAt,
    probes: balancer.seen(ends).filter(({ at }) => at > signaledAt),
    asked,
    accepted: ids.length,
    failed,
    ...(await judge(stays.url, receiver, ids)),
  };
};

const shutDownOnce = async (options: Load & { launch?: Launch }): Promise<Shutdown> => {
  const directory = temporaryDirectory();
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const receiver = await startReceiver({ secrets: [secret] });
  receiver.behave(PATH, { status: 200, afterMs: ANSWER_AFTER_MS });
  let aws: Aws | undefined;
  const pods: Pod[] = [];
  try {
    aws = await startAws({ dataDir: directory.path });
    for (let n = 0; n < 2; n += 1) pods.push(await startPod(aws, secret, options.launch ?? asProcess));
    return await endOneOf(pods as [Pod, Pod], receiver, options);
  } finally {
    for (const pod of pods) {
      pod.process.kill('SIGKILL');
      await pod.exited;
    }
    await aws?.close();
    await receiver.close();
    directory.remove();
  }
};

/**
 * A load on two containers, by default processes of this machine; one of them gets SIGTERM in the
 * middle of it. Repeated when nothing is wrong but that something was delayed.
 */
export const shutDownUnderLoad = async (options: Load & { launch?: Launch }, tries = TRIES): Promise<Shutdown> => {
  const one = await shutDownOnce(options);
  const isRight = one.exitCode === 0 && one.failed.length + one.broken.length === 0;
  return isRight && one.delayed.length > 0 && tries > 1 ? shutDownUnderLoad(options, tries - 1) : one;
};
