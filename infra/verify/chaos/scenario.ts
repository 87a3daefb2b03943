/** One scenario: a site, a load, a fault in the middle of it, and the account afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, emptyAccount, type Leniency, settleAccount } from './account.ts';
import { drain, find, type Recovery } from './drain.ts';
import { type Load, type LoadOptions, startLoad } from './load.ts';
import { openSite, type Site, type SiteOptions } from './site.ts';

/** How long everything takes: in CI, or when somebody wants to know. */
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
  site?: SiteOptions;
  load?: Pick<LoadOptions, 'aheadMs'>;
  /** What goes wrong while the load runs; resolves when it is over. */
  play(site: Site, measure: Measure): Promise<void>;
  /** How often it went wrong for somebody: a fault that met nothing proves nothing, and counts as broken. */
  met(site: Site, account: Account): number | Promise<number>;
  /** What else must hold in the end, in words. */
  check?: (site: Site) => Promise<string[]>;
  leniency?: Leniency;
  /** Another open site than the ordinary one. */
  open?: (options?: SiteOptions) => Promise<Site>;
}

export interface Result {
  name: string;
  account: Account;
  recovery: Recovery | undefined;
}

const BEFORE_MS = 2_000;
const AFTER_MS = 3_000;

const perform = async (site: Site, load: Load, scenario: Scenario, measure: Measure): Promise<Result> => {
  const { name } = scenario;
  await sleep(BEFORE_MS);
  await scenario.play(site, measure);
  const endedAt = performance.now();
  await sleep(AFTER_MS);
  await load.end();
  const { entries } = load.ledger;
  const { views, recovery } = await drain(site, entries, { endedAt, deadlineMs: measure.deadlineMs });
  const findings = await find(site, entries, views);
  const account = settleAccount(load.ledger, findings, scenario.leniency);
  if ((await scenario.met(site, account)) === 0) account.broken.push('the fault met nothing');
  account.broken.push(...((await scenario.check?.(site)) ?? []));
  return { name, account, recovery };
};

/** Never throws: a scenario that cannot be played to its end is broken, and says why. */
export const playScenario = async (scenario: Scenario, measure: Measure): Promise<Result> => {
  const { name, open = openSite } = scenario;
  let site: Site | undefined;
  let load: Load | undefined;
  let result: Result;
  try {
    site = await open(scenario.site);
    load = startLoad(site, { ...measure, ...scenario.load });
    result = await perform(site, load, scenario, measure);
  } catch (error) {
    const account = { ...emptyAccount(), broken: [`not played to its end: ${(error as Error).stack}`] };
    result = { name, account, recovery: undefined };
    load?.abort();
  }
  const isBroken = result.account.broken.length > 0;
  if (isBroken && site) result.account.broken.push(`its data and logs stay in ${site.dataDir}/..`);
  await site?.close(isBroken);
  return result;
};
