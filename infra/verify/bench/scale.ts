/**
 * How hot partitions get at 100, 1,000 and 10,000 notifications a second: a simulation, over the
 * keys that the service itself makes.
 */
import { firstThatHolds, type Heat, makeHeat } from './heat.ts';
import { type Life, STEPS, writesOfLife } from './lives.ts';
import type { Figure, Row } from './row.ts';
import { shown } from './stats.ts';
import { tableIndexes } from './table-indexes.ts';
import type { Indexes } from './usage.ts';

/**
 * Write units a second:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
const PARTITION_MAX = 1_000;
/** A fifth is left for bursts. */
const PARTITION_GOAL = 800;
const RATES = [100, 1_000, 10_000];
const SETTINGS = [1, 2, 4, 8, 16, 32];
const LIVES = 5_000;
const TENANTS = 20;
const TYPES = [
  ...['user.signup', 'payment.failed', 'payment.success', 'password.expiry', 'user.unsubscribe', 'custom'],
  ...['order.shipped', 'invoice.overdue', 'trial.ending', 'report.ready'],
];

interface Mix {
  name: string;
  tenants: number;
  types: readonly string[];
  /** All of them are of this one. */
  group?: string;
  /** Shares of the notifications. */
  caused: number;
  fails: number;
}

const MIXES: Mix[] = [
  { name: 'one tenant, one type', tenants: 1, types: ['custom'], caused: 0, fails: 0.01 },
  { name: 'one tenant, one group of many types', tenants: 1, types: TYPES, group: 'campaign', caused: 0, fails: 0.01 },
  { name: 'mixed', tenants: TENANTS, types: TYPES, caused: 0.5, fails: 0.01 },
  { name: 'mixed, every one fails', tenants: TENANTS, types: TYPES, caused: 0.5, fails: 1 },
];
const BEYOND = 0.5;

/** The same numbers in every run (mulberry32), uniform in [0, 1). */
const makeFraction = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Zipf: the n-th has a weight of 1/n. */
export const rankOf = (fraction: number, ranks: number): number => {
  const weights = Array.from({ length: ranks }, (_, rank) => 1 / (rank + 1));
  let left = fraction * weights.reduce((a, b) => a + b, 0);
  for (const [rank, weight] of weights.entries()) {
    if (left < weight) return rank;
    left -= weight;
  }
  return ranks - 1;
};

export const livesOf = (mix: Mix, count: number): Life[] => {
  const fraction = makeFraction(1);
  return Array.from({ length: count }, (_, index) => ({
    name: String(index),
    tenant: `tenant-${rankOf(fraction(), mix.tenants) + 1}`,
    type: mix.types[rankOf(fraction(), mix.types.length)] ?? 'custom',
    beyond: fraction() < BEYOND,
    caused: fraction() < mix.caused,
    fails: fraction() < mix.fails,
    ...(mix.group !== undefined && { group: mix.group }),
  }));
};

export const heatOf = (indexes: Indexes, lives: Life[], setting: number): Heat => {
  const heat = makeHeat(indexes);
  for (const life of lives) heat.add(writesOfLife(life, setting));
  return heat;
};

type Heats = [setting: number, Heat][];

const hottestAt = (heat: Heat, rate: number): string => {
  const hot = heat.hottest();
  return hot ? `${shown(hot.units * rate)}, ${hot.index} ${hot.partition}` : 'none';
};

const figureOf = ({ name }: Mix, heats: Heats, rate: number): Figure => {
  const setting = firstThatHolds(heats, rate, PARTITION_GOAL);
  const [alone, chosen] = [1, setting].map((wanted) => heats.find(([one]) => one === wanted)?.[1]);
  const now = alone ? `INDEX_PARTITIONS=1: ${hottestAt(alone, rate)}` : '';
  return {
    what: `${rate.toLocaleString('en-US')} notifications/s, ${name}: units/s of the hottest partition`,
    goal: `<= ${PARTITION_GOAL} of ${PARTITION_MAX.toLocaleString('en-US')} at some setting`,
    measured: setting === 1 || !chosen ? now : `${now}; ${setting}: ${hottestAt(chosen, rate)}`,
    met: setting !== undefined,
  };
};

const markdown = (lines: (string | number)[][]): string => {
  const [head = [], ...rest] = lines;
  return [head, head.map(() => '---'), ...rest].map((line) => `| ${line.join(' | ')} |`).join('\n');
};

const bySetting = (indexes: string[], heats: Heats, rate: number): string =>
  markdown([
    ['INDEX_PARTITIONS', ...indexes],
    ...heats.map(([setting, heat]) => [
      setting,
      ...indexes.map((index) => shown((heat.hottest(index)?.units ?? 0) * rate)),
    ]),
  ]);

const byStep = (indexes: string[], heat: Heat): string =>
  markdown([
    ['step', ...indexes],
    ...STEPS.map((step) => [step, ...indexes.map((index) => shown(heat.units(index, step)))]),
    ['all', ...indexes.map((index) => shown(heat.units(index)))],
  ]);

/** The rate at which the first partition is full, at the setting 1. */
const saturation = ({ name }: Mix, heat: Heat): string => {
  const hot = heat.hottest();
  return hot
    ? `${name}: ${hot.index} \`${hot.partition}\`, at ${shown(PARTITION_MAX / hot.units)} notifications a second`
    : `${name}: none`;
};

export const scale: Row = async ({ say }) => {
  const indexes = tableIndexes();
  const names = Object.keys(indexes);
  const simulated = MIXES.map((mix) => {
    say(`${mix.name}: ${LIVES.toLocaleString('en-US')} lives at each of ${SETTINGS.length} settings`);
    const lives = livesOf(mix, LIVES);
    return { mix, heats: SETTINGS.map((setting): Heats[number] => [setting, heatOf(indexes, lives, setting)]) };
  });
  const highest = Math.max(...RATES);
  const first = simulated.flatMap(({ mix, heats: [one] }) => (one ? [saturation(mix, one[1])] : []));
  const [, mixed] = simulated;
  return {
    figures: simulated.flatMap(({ mix, heats }) => RATES.map((rate) => figureOf(mix, heats, rate))),
    notes: [
      `A simulation: ${LIVES.toLocaleString('en-US')} notifications of each mix are taken through create, mark, claim and finish by the service's own state machines; what each write moves in an index counts for the partition that the service's own keys name. The rate is steady: as many end as begin. A partition takes ${PARTITION_MAX.toLocaleString('en-US')} write units a second; an index that throttles throttles the writes of the table. The table's own key is the id, random, so no partition of it is hot. Of many partitions a sample overstates the hottest a little.`,
      `Mixes: half due beyond 15 minutes; mixed: ${TENANTS} tenants and ${TYPES.length} types (${TYPES.length - 4} with keys of their own), the n-th 1/n as frequent as the first, half caused by an event of the source \`api\`; 1 % fail, or all.`,
      `First full at INDEX_PARTITIONS=1: ${first.join('; ')}.`,
      ...simulated.flatMap(({ mix, heats }) => [
        `Hottest partition of each index at ${highest.toLocaleString('en-US')} a second, ${mix.name}:`,
        bySetting(names, heats, highest),
      ]),
      ...(mixed?.heats[0] ? ['Index units of one notification by step, mixed:', byStep(names, mixed.heats[0][1])] : []),
    ],
  };
};
