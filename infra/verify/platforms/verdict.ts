/** What a run of the suite says about a platform, whose own limits are known and named. */
import type { Result } from '../conformance/run.ts';

/** A check that cannot pass there, and that this is not the service's fault. */
export interface Limit {
  /** `group: name`, as the suite prints it. */
  check: string;
  /** Whose it is and how it shows, in a sentence. */
  reason: string;
  /** It may pass there too: one that cannot be distinguished from luck is never reported as gone. */
  isSometimes?: boolean;
}

interface Judged {
  /** For the table. */
  conformance: string;
  /** A sentence each. */
  wrong: string[];
  /** The limits that were met. */
  met: Limit[];
}

/** A failure is excused by a limit of its name alone; a limit that was not met any more is wrong itself. */
export const judged = ({ checks }: Pick<Result, 'checks'>, limits: readonly Limit[] = []): Judged => {
  const outcomeOf = new Map(checks.map(({ group, name, outcome }) => [`${group}: ${name}`, outcome]));
  const met = limits.filter(({ check }) => outcomeOf.get(check) === 'failed');
  const stale = limits.filter((limit) => !(met.includes(limit) || limit.isSometimes));
  const excused = new Set(met.map(({ check }) => check));
  const failed = checks.filter(({ group, name, outcome }) => outcome === 'failed' && !excused.has(`${group}: ${name}`));
  const count = (wanted: string): number => checks.filter(({ outcome }) => outcome === wanted).length;
  const known = met.length > 0 ? `, ${met.length} beyond the platform` : '';
  return {
    conformance: `${count('passed')} passed, ${failed.length} failed${known}, ${count('skipped')} skipped`,
    wrong: [
      ...failed.map(({ group, name, failures }) => `${group}: ${name}\n${failures.join('\n').slice(0, 2_000)}`),
      ...stale.map(({ check }) => {
        const now = outcomeOf.get(check);
        return `a limit is no more: "${check}" ${now ? `has ${now}` : 'is no check of the suite'}; take it off the list`;
      }),
    ],
    met,
  };
};
