/** The image of infra/container: API, worker and local AWS as three containers on this machine's loopback. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startAws } from '../../../localstack/testing/stack.ts';
import { builder, buildImage } from '../../container/build.ts';
import { answers } from '../../tools/run-program.ts';
import { until } from '../kit/until.ts';
import { type Containers, checkContainers } from './container-checks.ts';
import { type Container, type Engine, findEngine } from './container-engine.ts';
import { makeKey } from './kubernetes/release.ts';
import type { Platform } from './platform.ts';

const HOST = '127.0.0.1';
const GRACE_SECONDS = 20;
const CREDENTIALS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

const portsFor = async () => {
  const [api, apiMetrics, worker, workerMetrics, aws, awsMetrics] = await Promise.all(
    Array.from({ length: 6 }, freePort),
  );
  return { api, apiMetrics, worker, workerMetrics, aws, awsMetrics } as Record<string, number> & { aws: number };
};

/** What the stage's resources are called, as the deployment of a local AWS at this port says. */
const resourcesAt = async (port: number, directory: string): Promise<Record<string, string>> => {
  const aws = await startAws({ port, dataDir: join(directory, 'names') });
  await aws.close();
  return Object.fromEntries(Object.entries(aws.environment).filter(([, value]) => value !== ''));
};

const PATIENCE = { deadlineMs: 60_000, everyMs: 100 };

/** Resolves once `url` answers 2xx. */
const untilAnswers = (what: string, url: string): Promise<boolean> =>
  until(what, () => answers(url).then(() => true), PATIENCE);

const statusOf = (url: string): Promise<number | undefined> =>
  fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status,
    () => undefined,
  );

/** Before there is an AWS: alive, not ready, and not ended. */
const assertWaits = async (url: string): Promise<void> => {
  await until(`${url} lives without an AWS`, async () => (await statusOf(`${url}/health/live`)) === 200, PATIENCE);
  const ready = await statusOf(`${url}/health/ready`);
  if (ready !== 503) throw new Error(`without an AWS ${url}/health/ready answers ${ready}, not 503`);
};

const startAll = async (
  engine: Engine,
  directory: string,
  begun: Container[],
): Promise<Containers & { secret: string }> => {
  const ports = await portsFor();
  const at = (name: string): string => `http://${HOST}:${ports[name]}`;
  const portsOf = (name: string) => ({ PORT: String(ports[name]), METRICS_PORT: String(ports[`${name}Metrics`]) });
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const environment = {
    ...(await resourcesAt(ports.aws, directory)),
    ...CREDENTIALS,
    STAGE: 'local',
    AWS_ENDPOINT_URL: at('aws'),
    AUTH_MODE: 'api-key',
    CURSOR_SECRET: randomBytes(32).toString('base64url'),
    WEBHOOK_SECRETS: secret,
    WEBHOOK_ALLOW_PRIVATE: 'true',
    WEBHOOK_ALLOW_HTTP: 'true',
    HOST,
    GRACE_SECONDS: String(GRACE_SECONDS),
    DRAIN_SECONDS: '2',
  };
  const begin = async (options: Parameters<Engine['start']>[0]): Promise<Container> => {
    const container = await engine.start(options);
    begun.push(container);
    return container;
  };
  const service = (role: string) => begin({ role, env: { ...environment, ...portsOf(role) } });
  const [api, worker] = [await service('api'), await service('worker')];
  await Promise.all([assertWaits(at('api')), assertWaits(at('worker'))]);
  const data = join(directory, 'data');
  mkdirSync(data);
  chmodSync(data, 0o777); // the container's user does not exist here
  const aws = await begin({
    role: 'local-aws',
    env: { HOST, LOCAL_AWS_PORT: String(ports.aws), METRICS_PORT: String(ports.awsMetrics) },
    volume: [data, '/data'],
  });
  await Promise.all(['api', 'worker'].map((name) => untilAnswers(`${name} is ready`, `${at(name)}/health/ready`)));
  const metrics = { api: at('apiMetrics'), worker: at('workerMetrics'), aws: at('awsMetrics') };
  const key = await makeKey(at('aws'));
  return { engine, api, worker, aws, url: at('api'), localAws: at('aws'), key, metrics, environment, secret };
};

export const container: Platform = {
  name: 'container',
  missing: async () => {
    if ((await findEngine()) && (await builder())) return undefined;
    return 'docker, or podman and buildah, are needed: apt-get install podman buildah runc';
  },
  start: async ({ directory, say }) => {
    const engine = await findEngine();
    if (!engine) throw new Error('neither docker nor podman is here');
    await buildImage({});
    say(`the image is built; ${engine.command} runs it`);
    const begun: Container[] = [];
    const close = async (): Promise<void> => {
      for (const one of begun) await one.remove();
    };
    try {
      const containers = await startAll(engine, directory, begun);
      const { url, key, localAws, secret } = containers;
      const check = () => checkContainers(containers, directory, say);
      return { url, key, localAws, realTime: true, webhookSecrets: [secret], check, close };
    } catch (error) {
      for (const one of begun) say(`${one.name}:\n${(await one.output()).slice(-2_000)}`);
      await close();
      throw error;
    }
  },
};
