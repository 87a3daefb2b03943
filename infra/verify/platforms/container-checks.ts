/**
 * What must hold in containers beyond the contract: how they are confined, start, end, and what
 * they survive.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../localstack/testing/stack.ts';
import { shutDownUnderLoad } from '../e2e/shutdown.ts';
import { until } from '../kit/until.ts';
import type { Container, Engine } from './container-engine.ts';
import { imageProblems } from './container-image-checks.ts';
import { firingProblems } from './firing.ts';

/** What runs, and what a further container of the service needs to join it. */
export interface Containers {
  engine: Engine;
  api: Container;
  worker: Container;
  aws: Container;
  url: string;
  localAws: string;
  key: string;
  metrics: { api: string; worker: string; aws: string };
  /** Of API and worker, but ROLE and ports. */
  environment: Record<string, string>;
}

const PATIENCE = { deadlineMs: 60_000, everyMs: 100 };
const DAY_MS = 86_400_000;

type Check = (containers: Containers) => Promise<string[]>;

const all = ({ api, worker, aws }: Containers): Container[] => [api, worker, aws];

/** As the kernel says it, not as it was asked for. */
const confined: Check = async (containers) => {
  const wrong: string[] = [];
  for (const container of all(containers)) {
    const status = readFileSync(`/proc/${await container.pid()}/status`, 'utf8');
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
    if (!/^([1-9]\d*)(\s+\1){3}$/.test(field('Uid'))) wrong.push(`${container.name} runs as ${field('Uid')}`);
    if (!/^0+$/.test(field('CapEff') + field('CapPrm')))
      wrong.push(`${container.name} has capabilities ${field('CapEff')}`);
    if (field('NoNewPrivs') !== '1') wrong.push(`${container.name} may gain privileges`);
  }
  return wrong;
};

const healthy: Check = async (containers) => {
  const said = await Promise.all(all(containers).map(async (each) => [each.name, await each.health()] as const));
  return said.flatMap(([name, wrong]) => (wrong === undefined ? [] : [`HEALTHCHECK of ${name}: ${wrong}`]));
};

const measured: Check = async ({ metrics }) => {
  const wrong: string[] = [];
  for (const [name, url] of Object.entries(metrics)) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const wanted = ['process_cpu_seconds_total', ...(name === 'aws' ? [] : ['event_system_notifications_sent_total'])];
    wrong.push(...wanted.filter((series) => !text.includes(`\n${series}`)).map((series) => `${name} has no ${series}`));
  }
  return wrong;
};

interface View {
  id: string;
  status: string;
  created_at: string;
}

const ask = async ({ url, key }: Containers, method: string, path: string, body?: object): Promise<View> => {
  const answer = await fetch(`${url}/api/v1/notifications/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as View;
};

const create = (containers: Containers, inMs: number): Promise<View> =>
  ask(containers, 'POST', '', {
    notification_type: 'user.signup',
    entity_id: 'container-check',
    email: 'someone@example.com',
    send_at: new Date(Date.now() + inMs).toISOString(),
  });

const untilSent = (containers: Containers, id: string): Promise<View> =>
  until(
    `${id} is sent`,
    async () => {
      const view = await ask(containers, 'GET', id);
      return view.status === 'SENT' && view;
    },
    PATIENCE,
  );

/** What is due while the local AWS is away is sent once it is back. */
const keepsData: Check = async (containers) => {
  const { aws, url, localAws } = containers;
  const { id } = await create(containers, 3_000);
  await aws.kill();
  await aws.ended();
  const [live, ready, health] = await Promise.all(
    ['/live', '/ready', ''].map(async (each) => (await fetch(`${url}/health${each}`)).status),
  );
  await aws.start();
  await until('the local AWS is back', async () => (await fetch(`${localAws}/_local/health`)).ok, PATIENCE);
  await untilSent(containers, id);
  return [
    ...(live === 200 ? [] : [`/health/live answers ${live} while the AWS is away`]),
    ...(ready === 200 ? [] : [`/health/ready answers ${ready} in the first minute without the AWS`]),
    ...(health === 503 ? [] : [`/health answers ${health} while the AWS is away`]),
  ];
};

/** The other end of what realTime promises: the clock is the local AWS's alone. */
const ignoresClock: Check = async (containers) => {
  const before = Date.now();
  const answer = await fetch(`${containers.localAws}/_local/clock`, {
    method: 'POST',
    body: '{"advance":"P2D","jump":true}',
  });
  if (!answer.ok) return [`the clock of local-aws did not move: ${answer.status}`];
  const { created_at } = await create(containers, DAY_MS);
  const aheadMs = Date.parse(created_at) - before;
  return aheadMs < DAY_MS ? [] : [`the service followed the virtual clock: it is ahead by ${aheadMs} ms`];
};

const begins = async (containers: Containers, env: Record<string, string>): Promise<{ code: number; said: string }> => {
  const { engine, environment } = containers;
  const container = await engine.start({ role: 'api', env: { ...environment, PORT: '1', ...env } });
  try {
    return { code: await container.ended(), said: await container.output() };
  } finally {
    await container.remove();
  }
};

const WRONG_STARTS: { env: Record<string, string>; code: number; says: RegExp[] }[] = [
  {
    env: {
      ROLE: 'both',
      PORT: 'http',
      METRICS_PORT: '70000',
      GRACE_SECONDS: '0',
      DRAIN_SECONDS: '-1',
      REQUESTS_MAX: '1e3',
    },
    code: 2,
    says: [
      /ROLE: .*local-aws.*"both"/,
      /PORT: .*65535.*"http"/,
      /METRICS_PORT: .*"70000"/,
      /GRACE_SECONDS: /,
      /DRAIN_SECONDS: /,
      /REQUESTS_MAX: /,
    ],
  },
  { env: { AUTH_MODE: 'none', HOST: '' }, code: 2, says: [/HOST: must be set when AUTH_MODE is none/] },
  { env: { CURSOR_SECRET: '' }, code: 2, says: [/CURSOR_SECRET: is required/] },
  { env: { ROLE: 'local-aws', DATA_DIR: '/app/data' }, code: 1, says: [/DATA_DIR: \/app\/data cannot be written to/] },
  { env: { ROLE: 'scheduler', AWS_ENDPOINT_URL: 'nowhere' }, code: 2, says: [/AWS_ENDPOINT_URL: must be/] },
  { env: { TABLE_NAME: 'absent' }, code: 1, says: [/table absent \(TABLE_NAME\) does not exist/] },
  {
    env: { EVENT_QUEUE_URL: 'http://127.0.0.1/000000000000/absent' },
    code: 1,
    says: [/queue absent \(EVENT_QUEUE_URL\) does not exist/],
  },
];

const startsWhole: Check = async (containers) => {
  const wrong: string[] = [];
  for (const { env, code, says } of WRONG_STARTS) {
    const ended = await begins(containers, { PORT: '29999', METRICS_PORT: '29998', ...env });
    const named = Object.keys(env).join(', ');
    if (ended.code !== code) wrong.push(`wrong ${named}: exit code ${ended.code}, not ${code}`);
    for (const pattern of says)
      if (!pattern.test(ended.said)) wrong.push(`wrong ${named}: ${pattern} is not in: ${ended.said}`);
    if (/^\s+at .*:\d+:\d+/m.test(ended.said)) wrong.push(`wrong ${named}: prints a stack: ${ended.said}`);
  }
  return wrong;
};

/** The role that stands beside an emulation whose own Scheduler never fires. */
const fires: Check = async ({ engine, localAws }) => {
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'scheduler-'));
  chmodSync(data, 0o777); // the container's user does not exist here
  const env = { HOST: '127.0.0.1', SCHEDULER_PORT: String(port), METRICS_PORT: '', AWS_ENDPOINT_URL: localAws };
  const scheduler = await engine.start({ role: 'scheduler', env, volume: [data, '/data'] });
  try {
    await until('the scheduler is healthy', async () => (await scheduler.health()) === undefined, PATIENCE);
    const AWS_ENDPOINT_URL_SCHEDULER = `http://127.0.0.1:${port}`;
    return await firingProblems({ AWS_ENDPOINT_URL: localAws, AWS_ENDPOINT_URL_SCHEDULER });
  } finally {
    await scheduler.remove();
    rmSync(data, { recursive: true, force: true });
  }
};

/**
 * Two further containers on an AWS of their own; one gets SIGTERM in the middle of requests and
 * deliveries.
 */
const endsUnderLoad: Check = async ({ engine }) => {
  const names: string[] = [];
  const launch = (env: Record<string, string>) => {
    // How long the port stays open is the image's own default.
    const given = Object.fromEntries(
      Object.entries(env).filter(([name, value]) => value !== '' && name !== 'DRAIN_SECONDS'),
    );
    const { name, process: child } = engine.foreground({
      role: 'all',
      env: { ...given, HOST: '127.0.0.1', METRICS_PORT: '' },
    });
    names.push(name);
    return child;
  };
  try {
    const { exitCode, tookMs, failed, broken, delayed } = await shutDownUnderLoad({
      count: 240,
      perSecond: 60,
      launch,
    });
    return [
      ...failed.map((each) => `a request during SIGTERM: ${each}`),
      ...broken.map((each) => `SIGTERM under load: ${each}`),
      ...delayed.map((each) => `SIGTERM under load: ${each} was away for a while`),
      ...(exitCode === 0 ? [] : [`SIGTERM under load: exit code ${exitCode}`]),
      ...(tookMs < 20_000 ? [] : [`SIGTERM under load: took ${tookMs} ms`]),
    ];
  } finally {
    for (const name of names) await engine.remove(name);
  }
};

const endsClean: Check = async (containers) => {
  const wrong: string[] = [];
  for (const container of all(containers)) {
    const from = performance.now();
    const code = await container.stop(25);
    const seconds = (performance.now() - from) / 1_000;
    if (code !== 0) wrong.push(`${container.name}: SIGTERM ends it with ${code}`);
    if (seconds > 20) wrong.push(`${container.name}: SIGTERM takes ${seconds.toFixed(1)} s`);
  }
  return wrong;
};

/** In this order: the later ones leave the containers moved in time, or ended. */
const CHECKS: Record<string, Check> = {
  confined,
  healthy,
  measured,
  startsWhole,
  fires,
  keepsData,
  endsUnderLoad,
  ignoresClock,
  endsClean,
};

export const checkContainers = async (
  containers: Containers,
  directory: string,
  say: (text: string) => void,
): Promise<string[]> => {
  const wrong = await imageProblems(containers.engine.command, directory, say);
  for (const [name, check] of Object.entries(CHECKS)) {
    const from = performance.now();
    const found = await check(containers).catch((error: Error) => [`${name}: ${error.message}`]);
    say(
      `${name}: ${found.length === 0 ? 'ok' : `${found.length} wrong`} (${((performance.now() - from) / 1_000).toFixed(1)} s)`,
    );
    wrong.push(...found);
  }
  return wrong;
};
