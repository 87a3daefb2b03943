/**
 * What this process cannot do without, checked once before it is ready. What does not exist ends the start by
 * name; what does not answer is waited for, so that an outage causes no loop of starts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamoClient, schedulerClient, sqsClient } from '../aws/clients.ts';
import { probeQueue, probeScheduleGroup, probeTable } from '../aws/probes.ts';
import { withTimeout } from '../concurrency/with-timeout.ts';
import type { Config } from '../config.ts';
import { processEnvironment } from '../platform/environment.ts';
import { random } from '../platform/random.ts';
import { startError } from '../platform/start-error.ts';
import { log as ownLog } from '../telemetry/index.ts';
import type { Log } from '../telemetry/log-interface.ts';
import type { Role } from './start.ts';

export interface Dependency {
  kind: 'table' | 'queue' | 'schedule group';
  /** As AWS knows it. */
  name: string;
  /** The variable that named it. */
  variable: string;
  /** The permission that the probe needs. */
  action: string;
  /** Rejects when it is not to be used. */
  probe(): Promise<void>;
}

const LOOK_TIMEOUT_MS = 5_000;
const PAUSE_MS = { first: 500, longest: 5_000 };

const MISSING = new Set([
  'ResourceNotFoundException',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
  'QueueDeletedRecently',
]);
const REFUSED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'NotAuthorized',
  'KMSAccessDeniedException',
  'KmsAccessDenied',
]);
/** The keys themselves are wrong; that they have run out is not among them, since those are renewed. */
const UNKNOWN = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
]);

const nameOf = (error: unknown): string => {
  const { name = '', Code = '', Error: inner } = error as { name?: string; Code?: string; Error?: { Code?: string } };
  return [Code, inner?.Code, name].find((each) => each && each !== 'Error') ?? name;
};

const SEND: (keyof Config)[] = ['DELIVERY_QUEUE_URL', 'SCHEDULE_QUEUE_URL', 'EVENT_QUEUE_URL', 'REPLAY_QUEUE_URL'];
const RECEIVE: (keyof Config)[] = [...SEND, 'RECONCILE_QUEUE_URL', 'DEAD_LETTER_QUEUE_URL'];

/**
 * An API sends, a worker receives too. Whether the schedule group is there belongs to the readiness
 * of both.
 */
export const dependenciesOf = (config: Config, roles: Role[]): Dependency[] => {
  const { TABLE_NAME: table, SCHEDULE_GROUP: group } = config;
  const queues = (roles.includes('worker') ? RECEIVE : SEND).map((variable): Dependency => {
    const url = String(config[variable]);
    const name = url.slice(url.lastIndexOf('/') + 1);
    return { kind: 'queue', name, variable, action: 'sqs:GetQueueAttributes', probe: probeQueue(sqsClient(), url) };
  });
  const probes = { table: probeTable(dynamoClient(), table), group: probeScheduleGroup(schedulerClient(), group) };
  return [
    { kind: 'table', name: table, variable: 'TABLE_NAME', action: 'dynamodb:GetItem', probe: probes.table },
    ...queues,
    {
      kind: 'schedule group',
      name: group,
      variable: 'SCHEDULE_GROUP',
      action: 'scheduler:GetScheduleGroup',
      probe: probes.group,
    },
  ];
};

/** Why no later try would help, in a sentence with the remedy; undefined when one might. */
export const finalProblem = ({ kind, name, variable, action }: Dependency, error: unknown): string | undefined => {
  const said = nameOf(error);
  const { region, endpoint } = processEnvironment();
  const place = endpoint === undefined ? region : `${region} at ${endpoint}`;
  const what = `The ${kind} ${name} (${variable})`;
  if (MISSING.has(said)) {
    const remedy = `deploy the stage, or correct ${variable}, AWS_REGION or AWS_ENDPOINT_URL`;
    return `${what} does not exist in ${place}: ${remedy}.`;
  }
  if (REFUSED.has(said))
    return `${what} is not ours to use (${said}): allow ${action} on it to the role of this process.`;
  if (UNKNOWN.has(said)) return `${what} cannot be asked for: AWS does not know our credentials (${said}).`;
  if (said === 'NewerTableFormat') return `${what} is of a newer release. ${(error as Error).message}.`;
  if (said === 'ValidationException') {
    const rule = kind === 'table' ? 'its key must be the string id' : 'its name is not one';
    return `${what} is not what is meant: ${rule} (${(error as Error).message}).`;
  }
  return undefined;
};

interface Watch {
  pause?: (ms: number) => Promise<unknown>;
  log?: Pick<Log, 'info' | 'warn'>;
  fraction?: () => number;
}

/** One look; a final problem is returned. Says once that it does not answer, and once that it does again. */
const makeLook = (dependency: Dependency, log: Pick<Log, 'info' | 'warn'>) => {
  let silent = false;
  const { kind, name } = dependency;
  return async (): Promise<'usable' | 'silent' | { problem: string }> => {
    try {
      await withTimeout(dependency.probe(), LOOK_TIMEOUT_MS);
      if (silent) log.info('dependency.available', { kind, name });
      return 'usable';
    } catch (error) {
      const problem = finalProblem(dependency, error);
      if (problem !== undefined) return { problem };
      const { endpoint } = processEnvironment();
      if (!silent) log.warn('dependency.unavailable', { kind, name, endpoint, error });
      silent = true;
      return 'silent';
    }
  };
};

/** Resolves once all have answered. Rejects with all that can be said at once when some cannot be used. */
export const untilUsable = async (dependencies: Dependency[], watch: Watch = {}): Promise<void> => {
  const { pause = sleep, log = ownLog, fraction = random.fraction } = watch;
  let looks = dependencies.map((dependency) => makeLook(dependency, log));
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS.longest)) {
    const found = await Promise.all(looks.map((look) => look()));
    const problems = found.flatMap((each) => (typeof each === 'object' ? [each.problem] : []));
    if (problems.length > 0)
      throw startError(`This cannot start:\n${problems.map((text) => `  ${text}`).join('\n')}`, 1);
    looks = looks.filter((_, index) => found[index] === 'silent');
    if (looks.length === 0) return;
    // Half of it by chance, so that many processes do not come back together.
    await pause(pauseMs * (0.5 + fraction() / 2));
  }
};
