/** Two containers' worth of the service on one local AWS: SIGTERM to one of them in the middle of a load. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { NotificationView } from '../../lib/notifications/notification-view.ts';
import { temporaryDirectory } from '../kit.ts';
import { type Aws, freePort, startAws } from '../stack.ts';
import { request, until } from './kit.ts';
import { type Receiver, startReceiver } from './kit-receiver.ts';

const MAIN = fileURLToPath(new URL('../../lib/runtime/main.ts', import.meta.url));
const GRACE_SECONDS = 20;
const DRAIN_SECONDS = 2;
const PATH = '/shutdown';
/** A receiver's answer: some are always under way. */
const ANSWER_AFTER_MS = 300;

export interface Pod {
  url: string;
  process: ChildProcess;
  exited: Promise<number | null>;
}

/** Runs the service with this environment; a signal to the process is a signal to it. */
export type Launch = (environment: Record<string, string>) => ChildProcess;

const asProcess: Launch = (environment) =>
  spawn(process.execPath, [MAIN], { env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] });

const startPod = async (aws: Aws, secret: string, launch: Launch): Promise<Pod> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = launch({
    ...aws.environment,
    STAGE: 'local',
    AUTH_MODE: 'none',
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
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const isReady = async () => (await fetch(`${url}/health/ready`)).ok;
  await until('the container is ready', isReady, { deadlineMs: 30_000, everyMs: 50 }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return { url, process: child, exited };
};

/** Sends to those that say they are ready, in turn, as a load balancer does; looks every 50 ms. */
const makeBalancer = (pods: Pod[]) => {
  let ready = pods;
  let turn = 0;
  const seen = new Map<Pod, { ready: number | undefined; live: number | undefined; at: number }[]>();
  const statusOf = (url: string) =>
    request(url, 'GET').then(
      ({ status }) => status,
      () => undefined,
    );
  const look = async (pod: Pod): Promise<boolean> => {
    const at = performance.now();
    const [readiness, live] = await Promise.all([
      statusOf(`${pod.url}/health/ready`),
      statusOf(`${pod.url}/health/live`),
    ]);
    seen.set(pod, [...(seen.get(pod) ?? []), { ready: readiness, live, at }]);
    return readiness === 200;
  };
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const looks = await Promise.all(pods.map(look));
      ready = pods.filter((_, index) => looks[index]);
      await sleep(50);
    }
  })();
  return {
    next: (): Pod => {
      turn += 1;
      const pod = ready[turn % ready.length];
      if (!pod) throw new Error('No container is ready');
      return pod;
    },
    seen: (pod: Pod) => seen.get(pod) ?? [],
    stop: async () => {
      stopped = true;
      await watching;
    },
  };
};

export interface Shutdown {
  exitCode: number | null;
  tookMs: number;
  /** Of the one that ends, from the signal on: what its probes said, `undefined` once the port was closed. */
  probes: { ready: number | undefined; live: number | undefined }[];
  accepted: number;
  /** Requests that were answered otherwise than 201, or not at all. */
  failed: string[];
  /** In words, with ids: lost, doubled, not SENT. */
  broken: string[];
}

const judge = async (url: string, receiver: Receiver, ids: string[]): Promise<string[]> => {
  const broken: string[] = [];
  for (const id of ids) {
    let view: NotificationView | undefined;
    const hasEnded = async (): Promise<boolean> => {
      view = (await request<NotificationView>(`${url}/api/v1/notifications/${id}`, 'GET')).body;
      return ['SENT', 'FAILED', 'CANCELED'].includes(view.status);
    };
    // A message that nobody gave back would be away for minutes.
    await until(`${id} has ended`, hasEnded).catch((error: unknown) => broken.push(String(error)));
    const arrivals = receiver.of(id).length;
    if (view?.status !== 'SENT' || view.attempts.length !== 1 || arrivals !== 1)
      broken.push(`${id}: ${view?.status}, ${view?.attempts.length} attempts, ${arrivals} arrivals`);
  }
  return broken;
};

const endOneOf = async (
  pods: [Pod, Pod],
  receiver: Receiver,
  options: { count: number; perSecond: number },
): Promise<Shutdown> => {
  const [ends, stays] = pods;
  const balancer = makeBalancer(pods);
  const failed: string[] = [];
  const ids: string[] = [];
  const body = () => ({
    notification_type: 'custom',
    entity_id: 'user-1',
    webhook_url: receiver.url(PATH),
    send_at: new Date(Date.now() + Math.random() * 1_500).toISOString(),
  });
  const post = async (): Promise<void> => {
    try {
      const answer = await request<{ id: string }>(`${balancer.next().url}/api/v1/notifications/`, 'POST', body());
      if (answer.status === 201) ids.push(answer.body.id);
      else failed.push(`${answer.status} ${answer.text}`);
    } catch (error) {
      failed.push(String((error as Error).cause ?? error));
    }
  };
  const from = performance.now();
  const sent: Promise<void>[] = [];
  let signaledAt = 0;
  for (let n = 0; n < options.count; n += 1) {
    await sleep(Math.max(0, from + (n * 1_000) / options.perSecond - performance.now()));
    sent.push(post());
    if (n !== Math.floor(options.count / 3)) continue;
    signaledAt = performance.now();
    ends.process.kill('SIGTERM');
  }
  await Promise.all(sent);
  const exitCode = await ends.exited;
  const tookMs = performance.now() - signaledAt;
  await balancer.stop();
  const probes = balancer.seen(ends).filter(({ at }) => at > signaledAt);
  return { exitCode, tookMs, probes, accepted: ids.length, failed, broken: await judge(stays.url, receiver, ids) };
};

/** A load on two containers; one of them is told to end in the middle of it. */
export const shutDownUnderLoad = async (options: {
  count: number;
  perSecond: number;
  /** Default: as processes of this machine. */
  launch?: Launch;
}): Promise<Shutdown> => {
  const directory = temporaryDirectory();
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const receiver = await startReceiver([secret]);
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
