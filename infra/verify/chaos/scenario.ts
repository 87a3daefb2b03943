/** One scenario: a stack, a load, a fault in the middle of it, and the account afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, emptyAccount, type Leniency, settleAccount } from '../kit/account.ts';
import { type Load, type LoadOptions, startLoad } from './load.ts';
import { awaitRecovery, find, type Recovery } from './recovery.ts';
import { type ChaosStack, type ChaosStackOptions, startChaosStack } from './stack.ts';

/** How long everything takes: in CI, or for the published figures. */
export interface Measure {
  perSecond: number;
  /** Of an ordinary fault. */
  faultMs: number;
  /** Of a dependency that is simply gone. */
  downMs: number;
  /** After the fault, until what is still open counts as lost. */
  deadlineMs: number;
}

export const measures = {
  short: { perSecond: 8, faultMs: 6_000, downMs: 8_000, deadlineMs: 150_000 },
  full: { perSecond: 6, faultMs: 12_000, downMs: 60_000, deadlineMs: 150_000 },
} as const satisfies Record<string, Measure>;

export interface Scenario {
  name: string;
  /** Whether it is part of `--short`. */
  isShort: boolean;
  stack?: ChaosStackOptions;
  load?: Pick<LoadOptions, 'aheadMs' | 'eventsOnly'>;
  /** What goes wrong while the load runs; resolves when it is over. */
  play(stack: ChaosStack, measure: Measure): Promise<void>;
  /** How often it had an effect: a fault that met nothing proves nothing, and counts as broken. */
  met(stack: ChaosStack, account: Account): number | Promise<number>;
  /** What else must hold in the end, in words. */
  check?: (stack: ChaosStack) => Promise<string[]>;
  leniency?: Leniency;
  /** Another open stack than the ordinary one. */
  open?: (options?: ChaosStackOptions) => Promise<ChaosStack>;
}

export interface Result {
  name: string;
  account: Account;
  recovery: Recovery | undefined;
}

const BEFORE_MS = 2_000;
const AFTER_MS = 3_000;

const perform = async (stack: ChaosStack, load: Load, scenario: Scenario, measure: Measure): Promise<Result> => {
  const { name } = scenario;
  await sleep(BEFORE_MS);
  await scenario.play(stack, measure);
  const endedAt = performance.now();
  await sleep(AFTER_MS);
  await load.end();
  const { entries } = load.ledger;
  const { views, recovery } = await awaitRecovery(stack, entries, { endedAt, deadlineMs: measure.deadlineMs });
  const findings = await find(stack, entries, views);
  const account = settleAccount(load.ledger, findings, scenario.leniency);
  if ((await scenario.met(stack, account)) === 0) account.broken.push('the fault met nothing');
  account.broken.push(...((await scenario.check?.(stack)) ?? []));
  return { name, account, recovery };
};

/** Never throws: a scenario that cannot be played to its end is broken, and says why. */
export const playScenario = async (scenario: Scenario, measure: Measure): Promise<Result> => {
  const { name, open = startChaosStack } = scenario;
  let stack: ChaosStack | undefined;
  let load: Load | undefined;
  let result: Result;
  try {
    stack = await open(scenario.stack);
    load = startLoad(stack, { ...measure, ...scenario.load });
    result = await perform(stack, load, scenario, measure);
  } catch (error) {
    const account = { ...emptyAccount(), broken: [`not played to its end: ${(error as Error).stack}`] };
    result = { name, account, recovery: undefined };
    load?.abort();
  }
  const isBroken = result.account.broken.length > 0;
  if (isBroken && stack) result.account.broken.push(`its data and logs stay in ${stack.dataDir}/..`);
  await stack?.close(isBroken);
  return result;
};
