import type { Outcome } from './check.ts';
import { phasesOf } from './checks/index.ts';
import type { Options } from './options.ts';
import { showOutcome, showSummary, summaryOf } from './report.ts';
import { exitCodeOf, type Phase, runPhases } from './runner.ts';
import { openCheckRun } from './service.ts';
import { openTarget } from './target.ts';

export interface Result {
  url: string;
  version: string;
  run: string;
  started_at: string;
  duration_ms: number;
  summary: { passed: number; failed: number; skipped: number };
  /** Notifications of this run that could not be ended. */
  left_behind: string[];
  checks: Outcome[];
}

/**
 * Runs every check that is wanted; resolves with what became of them. Throws when the service
 * cannot be asked at all.
 */
export const conform = async (
  options: Options,
  say: (text: string) => void,
  phases: readonly Phase[] = phasesOf(options),
): Promise<{ result: Result; exitCode: number }> => {
  const startedAt = Date.now();
  const target = await openTarget(options);
  try {
    say(`${options.url}, version ${target.version}, run ${target.run}`);
    let number = 0;
    const checks = await runPhases(phases, {
      missing: target.missing,
      ready: target.client.untilQuota,
      startRun: () => {
        number += 1;
        return openCheckRun(target, number);
      },
      onOutcome: (outcome) => say(showOutcome(outcome)),
    });
    const left_behind = await target.cleanUp();
    const result: Result = {
      url: options.url,
      version: target.version,
      run: target.run,
      started_at: new Date(startedAt).toISOString(),
      duration_ms: Date.now() - startedAt,
      summary: summaryOf(checks),
      left_behind,
      checks,
    };
    say(showSummary(checks));
    if (left_behind.length > 0) say(`left behind: ${left_behind.join(', ')}`);
    return { result, exitCode: exitCodeOf(checks) };
  } finally {
    await target.close();
  }
};
