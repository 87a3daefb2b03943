import * as z from 'zod';
import { within } from '../concurrency/with-timeout.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../telemetry/log-interface.ts';

const PROBE_TIMEOUT_MS = 2_000;
/** Health is asked for without authentication and often: one round of probes serves everybody for this long. */
const FRESH_MS = 1_000;
/**
 * Readiness is patient, so that it need not know more often: each round is a call to each
 * dependency, of every pod.
 */
const READY_FRESH_MS = 10_000;
/**
 * Readiness answers within it, so that a prober can use a short timeout: only a stopped process
 * exceeds that.
 */
const READY_ANSWER_MS = 1_000;
/**
 * How long readiness ignores an outage. All processes share their dependencies: without any that is
 * ready, callers get a refused connection in place of a 503 with Retry-After.
 */
const READY_PATIENCE_MS = 60_000;

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
  const ask = async (name: Name): Promise<z.output<typeof dependency>> => {
    const began = ports.clock.monotonic();
    const answer = (status: 'ok' | 'unavailable') => ({
      status,
      latency_ms: Math.round(ports.clock.monotonic() - began),
    });
    try {
      await within(ports.probes[name](), PROBE_TIMEOUT_MS);
      return answer('ok');
    } catch (error) {
      ports.log.warn('dependency.unavailable', { dependency: name, error: String(error) });
      return answer('unavailable');
    }
  };

  const examine = async (): Promise<Health> => {
    const [dynamodb, sqs, scheduler] = await Promise.all([ask('dynamodb'), ask('sqs'), ask('scheduler')]);
    const allOk = [dynamodb, sqs, scheduler].every(({ status }) => status === 'ok');
    return {
      status: allOk ? 'ok' : 'unavailable',
      dependencies: { dynamodb, sqs, scheduler },
      version: ports.version,
    };
  };

  let latest: { at: number; health: Promise<Health> } | undefined;
  let known: Health | undefined;
  /** When all was last found well; undefined before the first time. */
  let wellAt: number | undefined;

  const examineAndNote = async (): Promise<Health> => {
    const health = await examine();
    known = health;
    if (health.status === 'ok') wellAt = ports.clock.monotonic();
    return health;
  };

  const checkedWithin = (freshMs: number): Promise<Health> => {
    const now = ports.clock.monotonic();
    if (!latest || now - latest.at > freshMs) latest = { at: now, health: examineAndNote() };
    return latest.health;
  };

  return {
    /** How the dependencies are, at most a second ago. */
    check: () => checkedWithin(FRESH_MS),

    /**
     * As `check`, at most ten seconds ago; answers within one, and `status` stays `ok` until the
     * dependencies have been away for a minute.
     */
    ready: async (): Promise<Health> => {
      const asked = checkedWithin(READY_FRESH_MS);
      const last = known;
      const health = await (last ? within(asked, READY_ANSWER_MS).catch(() => last) : asked);
      const isPatient = wellAt !== undefined && ports.clock.monotonic() - wellAt < READY_PATIENCE_MS;
      return isPatient ? { ...health, status: 'ok' } : health;
    },
  };
};
