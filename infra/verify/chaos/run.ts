/** Plays scenarios, several side by side, and says in the end whether every law held. */
import { inParallel } from '../kit/parallel.ts';
import { type Measure, playScenario, type Result, type Scenario } from './scenario.ts';
import { tableOf } from './table.ts';

interface RunOptions {
  measure: Measure;
  /** Scenarios at once: most of their time they wait for a lease or a retry. */
  lanes: number;
  /** None is begun after it, ms; what was not played counts as broken. */
  budgetMs: number;
  print(text: string): void;
}

export const isBroken = ({ account }: Result): boolean =>
  account.broken.length > 0 || account.lost > 0 || account.canceledAndReceived > 0 || account.tooLateAndOpen > 0;

/** The exit code: 0 when nothing was lost and every promise was kept. */
export const runScenarios = async (scenarios: readonly Scenario[], options: RunOptions): Promise<0 | 1> => {
  const { print, budgetMs } = options;
  const began = performance.now();
  const skipped: string[] = [];
  const results = await inParallel(scenarios.length, options.lanes, async (index) => {
    const scenario = scenarios[index] as Scenario;
    if (performance.now() - began > budgetMs) return void skipped.push(scenario.name);
    const from = performance.now();
    const result = await playScenario(scenario, options.measure);
    const tookSeconds = Math.round((performance.now() - from) / 1_000);
    print(`${isBroken(result) ? 'BROKEN' : 'held  '} ${scenario.name} (${tookSeconds} s)`);
    for (const problem of result.account.broken) print(`       ${problem}`);
    return result;
  });
  const played = results.filter((one): one is Result => one !== undefined);
  print(`\n${tableOf(played)}\n`);
  for (const name of skipped) print(`Not played for lack of time: ${name}`);
  const broken = played.filter(isBroken);
  print(
    broken.length > 0
      ? `Broken: ${broken.map(({ name }) => name).join(', ')}`
      : `${played.length} scenarios in ${Math.round((performance.now() - began) / 1_000)} s: nothing lost, every promise kept`,
  );
  return broken.length > 0 || skipped.length > 0 || played.length === 0 ? 1 : 0;
};
