import type { Check, Outcome } from './check.ts';
import { Skipped } from './outcome.ts';
import type { CheckRun, Service } from './service.ts';

/** Checks that may run beside each other, and how many of them. */
export interface Phase {
  checks: readonly Check[];
  atOnce: number;
}

export interface RunnerPorts {
  /** Why the target does not offer it; undefined when it does. */
  missing(check: Check): string | undefined;
  /** Resolves when the next may begin. */
  ready(): Promise<void>;
  startRun(check: Check): CheckRun;
  onOutcome(outcome: Outcome): void;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * A check that never ends is one that failed. Its promise is left alone: the process ends by
 * `process.exit`.
 */
const withinTime = async (check: Check, service: Service): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no outcome within ${check.timeoutMs / 1_000} s`)), check.timeoutMs);
  });
  try {
    await Promise.race([check.run(service), late]);
  } finally {
    clearTimeout(timer);
  }
};

const perform = async (check: Check, { missing, ready, startRun }: RunnerPorts): Promise<Outcome> => {
  const { group, name } = check;
  const reason = missing(check);
  if (reason !== undefined) return { group, name, outcome: 'skipped', duration_ms: 0, failures: [], reason };
  await ready();
  const startedAt = performance.now();
  const run = startRun(check);
  const thrown = await withinTime(check, run.service).then(
    () => [],
    (error: unknown) => [error],
  );
  const duration_ms = Math.round(performance.now() - startedAt);
  const note = run.note();
  const outcome = { group, name, duration_ms, ...(note !== undefined && { note }) };
  const differences = run.differences();
  const [error] = thrown;
  if (error instanceof Skipped && differences.length === 0) {
    return { ...outcome, outcome: 'skipped', failures: [], reason: error.message };
  }
  const failures = [...thrown.filter((one) => !(one instanceof Skipped)).map(messageOf), ...differences];
  return { ...outcome, outcome: failures.length > 0 ? 'failed' : 'passed', failures };
};

/** Phase after phase; within one, as many at once as it says. Resolves in the order of the checks. */
export const runPhases = async (phases: readonly Phase[], ports: RunnerPorts): Promise<Outcome[]> => {
  const outcomes = new Map<Check, Outcome>();
  for (const { checks, atOnce } of phases) {
    const queue = [...checks];
    const work = async (): Promise<void> => {
      for (let check = queue.shift(); check; check = queue.shift()) {
        const outcome = await perform(check, ports);
        outcomes.set(check, outcome);
        ports.onOutcome(outcome);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }
  return [...outcomes.entries()].sort(([a], [b]) => orderOf(phases, a) - orderOf(phases, b)).map(([, one]) => one);
};

const orderOf = (phases: readonly Phase[], check: Check): number =>
  phases.flatMap(({ checks }) => checks).indexOf(check);

/** 1 when anything failed, and when nothing at all was shown to hold. */
export const exitCodeOf = (outcomes: readonly Outcome[]): number =>
  outcomes.some(({ outcome }) => outcome === 'failed') || !outcomes.some(({ outcome }) => outcome === 'passed') ? 1 : 0;
