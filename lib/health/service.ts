import * as z from 'zod';
import { withTimeout } from '../concurrency/with-timeout.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../telemetry/log-interface.ts';

const PROBE_TIMEOUT_MS = 2_000;
/** Health needs no authentication and is read often: for this long, one round of probes answers all. */
const FRESH_MS = 1_000;
/**
 * Readiness tolerates outages, so it can probe rarely: each round is a call to each dependency, by
 * every pod.
 */
const READY_FRESH_MS = 10_000;
/** Readiness answers within this, so that a probe with a short timeout fails for a stopped process alone. */
const READY_ANSWER_MS = 1_000;
/**
 * How long readiness ignores an outage. All processes share their dependencies: were none ready,
 * callers would get a refused connection in place of a 503 with Retry-After.
 */
const READY_TOLERANCE_MS = 60_000;

const healthStatus = z.enum(['ok', 'unavailable']).meta({ id: 'HealthStatus' });
const dependency = z.object({ status: healthStatus, latency_ms: z.int() }).meta({ id: 'DependencyHealth' });
export const healthSchema = z
  .object({
    status: healthStatus,
    dependencies: z.object({ dynamodb: dependency, sqs: dependency, scheduler: dependency }),
    version: z.string(),
  })
  .meta({ id: 'Health' });
export type Health = z.output<typeof healthSchema>;

type Name = keyof Health['dependencies'];
type Probe = () => Promise<void>;

export const makeHealthService = (ports: {
  probes: Record<Name, Probe>;
  clock: Pick<Clock, 'monotonic'>;
  log: Log;
  version: string;
}) => {
  const probe = async (name: Name): Promise<z.output<typeof dependency>> => {
    const began = ports.clock.monotonic();
    const answer = (status: 'ok' | 'unavailable') => ({
      status,
      latency_ms: Math.round(ports.clock.monotonic() - began),
    });
    try {
      await withTimeout(ports.probes[name](), PROBE_TIMEOUT_MS);
      return answer('ok');
    } catch (error) {
      ports.log.warn('dependency.unavailable', { dependency: name, error: String(error) });
      return answer('unavailable');
    }
  };

  const examine = async (): Promise<Health> => {
    const [dynamodb, sqs, scheduler] = await Promise.all([probe('dynamodb'), probe('sqs'), probe('scheduler')]);
    const allOk = [dynamodb, sqs, scheduler].every(({ status }) => status === 'ok');
    return {
      status: allOk ? 'ok' : 'unavailable',
      dependencies: { dynamodb, sqs, scheduler },
      version: ports.version,
    };
  };

  let latest: { at: number; health: Promise<Health> } | undefined;
  let lastKnown: Health | undefined;
  /** When all was last found ok; undefined before the first time. */
  let okAt: number | undefined;

  const examineAndRemember = async (): Promise<Health> => {
    const health = await examine();
    lastKnown = health;
    if (health.status === 'ok') okAt = ports.clock.monotonic();
    return health;
  };

  const checkedWithin = (freshMs: number): Promise<Health> => {
    const now = ports.clock.monotonic();
    if (!latest || now - latest.at > freshMs) latest = { at: now, health: examineAndRemember() };
    return latest.health;
  };

  return {
    /** The state of the dependencies, at most a second old. */
    check: () => checkedWithin(FRESH_MS),

    /**
     * As `check`, at most ten seconds old; answers within one. `status` stays `ok` until a
     * dependency has been away for a minute.
     */
    ready: async (): Promise<Health> => {
      const checked = checkedWithin(READY_FRESH_MS);
      const last = lastKnown;
      const health = await (last ? withTimeout(checked, READY_ANSWER_MS).catch(() => last) : checked);
      const isTolerated = okAt !== undefined && ports.clock.monotonic() - okAt < READY_TOLERANCE_MS;
      return isTolerated ? { ...health, status: 'ok' } : health;
    },
  };
};
