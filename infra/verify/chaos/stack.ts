/**
 * What a scenario plays on: a local AWS and one or two services, each a process of its own, with a
 * failing network between them.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { childEnvironment } from '../../../localstack/supervisor/settings.ts';
import { freePort } from '../../../localstack/testing/stack.ts';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { type LocalAws, localAwsAt } from '../kit/local-aws.ts';
import { type Receiver, startReceiver } from '../kit/receiver.ts';
import { until } from '../kit/until.ts';
import { TIMEOUT_MS } from './ask.ts';
import { type Managed, manage } from './process.ts';
import { startProxy, type TcpProxy } from './proxy.ts';

/** SES and SMS share a link, as both are clients of the endpoint that is given to all. */
export const links = ['dynamodb', 'sqs', 'scheduler', 'messages', 'receiver'] as const;
export type Link = (typeof links)[number];

export interface ChaosStackOptions {
  /** A second service on the same local AWS, with its own way to everything. */
  second?: { env?: Record<string, string>; imports?: readonly string[] };
  /**
   * Makes the directory of all state what it should be before anything is started in it; what it
   * answers undoes that.
   */
  prepare?: (dataDir: string) => Promise<() => Promise<void>>;
}

export interface ChaosStack {
  dataDir: string;
  awsUrl: string;
  /** One for each service. */
  apis: readonly string[];
  aws: Managed;
  services: readonly Managed[];
  /** Of the first service; the second's are never disturbed. */
  network: Record<Link, TcpProxy>;
  receiver: Receiver;
  webhookUrl: string;
  /** `POST /_local/faults`. */
  fault(body: Record<string, unknown>): Promise<void>;
  /** What was delivered of a notification by e-mail and SMS. */
  inbox: LocalAws['inbox'];
  /**
   * How many calls, messages and firings the fault of the moment has affected, with those of
   * earlier faults.
   */
  affected(): Promise<number>;
  /** Business time, epoch ms. */
  now(): number;
  /** Moves business time on; false when the local AWS did not answer. */
  advance(byMs: number): Promise<boolean>;
  /** Business time that was moved so far, ms. */
  movedMs(): number;
  /** The latest that business time can have been at a moment of the wall clock. */
  businessAt(wallMs: number): number;
  /** `keep`: what is on the disk stays, to be looked at. */
  close(keep: boolean): Promise<void>;
}

/**
 * Short enough that a lost lease (11.5 s and the 5 s margin) is taken over within the deadline;
 * attempts for minutes of outage.
 */
const CHAOS_ENV = {
  CHANNEL_TIMEOUT_MS: '1500',
  RETRY_SCHEDULE: `0,1,1,2,2,5,5,10,10,20,20${',30'.repeat(20)}`,
  LOG_LEVEL: 'WARN',
  AUTH_MODE: 'none',
};
export const WEBHOOK_PATH = '/chaos';
const BUSY = { deadlineMs: 60_000 };

const openNetwork = async (awsPort: number, receiverPort: number): Promise<Record<Link, TcpProxy>> => {
  const targetOf = (link: Link): number => (link === 'receiver' ? receiverPort : awsPort);
  const proxies = await Promise.all(links.map(async (link) => [link, await startProxy(targetOf(link))] as const));
  return Object.fromEntries(proxies) as Record<Link, TcpProxy>;
};

const endpointsBy = (network: Record<Link, TcpProxy>): Record<string, string> => {
  const url = (link: Link): string => `http://127.0.0.1:${network[link].port}`;
  return {
    AWS_ENDPOINT_URL: url('messages'),
    AWS_ENDPOINT_URL_DYNAMODB: url('dynamodb'),
    AWS_ENDPOINT_URL_SQS: url('sqs'),
    AWS_ENDPOINT_URL_SCHEDULER: url('scheduler'),
  };
};

const openStacks = new Set<ChaosStack>();

/** For a run that is cut short. */
export const closeStacks = async (): Promise<void> => {
  await Promise.all([...openStacks].map((stack) => stack.close(false)));
};

const makeFaults = (localAws: LocalAws): Pick<ChaosStack, 'fault' | 'affected'> => {
  let before = 0;
  const now = async (): Promise<number> => {
    // A local AWS that is stopped at the moment counts nothing.
    const faults = await localAws.faults().catch(() => []);
    return faults.reduce((sum, one) => sum + one.hits, 0);
  };
  return {
    fault: async (body) => {
      before += await now();
      const isSet = async () => {
        await localAws.fault(body);
        return true;
      };
      await until(`the fault is set: ${JSON.stringify(body)}`, isSet, BUSY);
    },
    affected: async () => before + (await now()),
  };
};

const makeClock = (localAws: LocalAws): Pick<ChaosStack, 'now' | 'advance' | 'movedMs' | 'businessAt'> => {
  const moves = [{ askedAt: 0, movedMs: 0 }];
  const movedMs = (): number => moves.at(-1)?.movedMs ?? 0;
  return {
    now: () => Date.now() + movedMs(),
    movedMs,
    businessAt: (wallMs) => wallMs + (moves.findLast(({ askedAt }) => askedAt <= wallMs)?.movedMs ?? 0),
    advance: async (byMs) => {
      const askedAt = Date.now();
      const offsetMs = await localAws.advance(`PT${byMs / 1_000}S`, { jump: true }).catch(() => undefined);
      if (offsetMs !== undefined) moves.push({ askedAt, movedMs: offsetMs });
      return offsetMs !== undefined;
    },
  };
};

interface Processes {
  /** Of logs, and of the data below. */
  directory: string;
  dataDir: string;
  awsPort: number;
  ports: readonly number[];
  secret: string;
  network: Record<Link, TcpProxy>;
}

const startProcesses = (
  { directory, dataDir, awsPort, ports, secret, network }: Processes,
  second: ChaosStackOptions['second'],
) => {
  const environmentOf = (port: number): NodeJS.ProcessEnv => {
    const own = { ...process.env, ...CHAOS_ENV, WEBHOOK_SECRETS: secret, CURSOR_SECRET: 'kept for one chaos run' };
    return childEnvironment(own, { port, awsPort, dataDir });
  };
  const logPath = (name: string): string => join(directory, `${name}.log`);
  const aws = manage({ entry: 'aws-child.ts', env: environmentOf(0), logPath: logPath('aws') });
  const services = ports.map((port, index) =>
    manage({
      entry: 'service-child.ts',
      env: { ...environmentOf(port), ...(index === 0 ? endpointsBy(network) : second?.env) },
      ...(index > 0 && second?.imports && { imports: second.imports }),
      logPath: logPath(`service-${index + 1}`),
    }),
  );
  return { aws, services };
};

const portsFor = async (services: number): Promise<[aws: number, ...services: number[]]> => {
  const ports = await Promise.all(Array.from({ length: services }, freePort));
  return [await freePort(), ...ports];
};

export const startChaosStack = async ({ second, prepare }: ChaosStackOptions = {}): Promise<ChaosStack> => {
  const directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  mkdirSync(dataDir);
  const undo = await prepare?.(dataDir);
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const receiver = await startReceiver({ secrets: [secret] });
  const [awsPort, ...ports] = await portsFor(second ? 2 : 1);
  const awsUrl = `http://127.0.0.1:${awsPort}`;
  const localAws = localAwsAt(awsUrl, TIMEOUT_MS);
  const network = await openNetwork(awsPort, Number(new URL(receiver.url('/')).port));
  const { aws, services } = startProcesses(
    { directory: directory.path, dataDir, awsPort, ports, secret, network },
    second,
  );

  const stack: ChaosStack = {
    dataDir,
    awsUrl,
    apis: ports.map((port) => `http://127.0.0.1:${port}`),
    aws,
    services,
    network,
    receiver,
    webhookUrl: `http://127.0.0.1:${network.receiver.port}${WEBHOOK_PATH}`,
    inbox: localAws.inbox,
    ...makeFaults(localAws),
    ...makeClock(localAws),
    close: async (keep) => {
      openStacks.delete(stack);
      await Promise.all([aws, ...services].map((one) => one.end()));
      await Promise.all(Object.values(network).map((proxy) => proxy.close()));
      await receiver.close();
      await undo?.();
      if (!keep) directory.remove();
    },
  };
  openStacks.add(stack);
  try {
    await Promise.all([aws, ...services].map((one) => one.ready()));
    return stack;
  } catch (error) {
    await stack.close(false);
    throw error;
  }
};
