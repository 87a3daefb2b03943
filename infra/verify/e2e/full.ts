/**
 * `npm run test:full`: the guarantees of lib/README.md at full counts, each on a stack of its own. Prints a
 * row for each run; ends with 1 when one is broken. `node infra/verify/e2e/full.ts crash` runs those that
 * begin so.
 */

import { inParallel } from '../kit/parallel.ts';
import { withTestStack } from '../kit/test-stack.ts';
import { CRASH_ENV, type CrashOptions, crashUnderLoad } from './crash.ts';
import { EXPECTED, killAtSteps, STEPS_ENV, steps } from './crash-steps.ts';
import { dependencies, modes, OUTAGE_ENV, type Outage, sufferOutages } from './outage.ts';
import { RACE_ENV, type RaceKind, type RaceOutcome, raceCancels } from './races.ts';
import { raceReschedules } from './races-reschedule.ts';

interface Row {
  run: string;
  accepted: number;
  'as promised': string;
  /** Arrivals beyond the first, by cause. */
  duplicates: string;
  broken: string[];
}

const RACES = { count: 1_000, lanes: 60 };
/** They mostly wait; races and crashes need the machine for themselves to be close. */
const OUTAGES_ABREAST = 3;
const LOAD = { notifications: 1_600, events: 400, perSecond: 60 };
const OUTAGE = { forMs: 4_000, requests: 60 };

const listed = (causes: Record<string, number>): string =>
  Object.entries(causes)
    .map(([cause, count]) => `${count} ${cause}`)
    .join(', ') || 'none';

const raceRow = (run: string, race: (stack: Parameters<typeof raceCancels>[0]) => Promise<RaceOutcome>) => async () => {
  const { canceled, attempted, broken } = await withTestStack({ env: RACE_ENV }, race);
  return {
    run,
    accepted: canceled + attempted,
    'as promised': `${canceled} x 200, ${attempted} x 409`,
    duplicates: '',
    broken,
  };
};

const crashRow = (run: string, options: Pick<CrashOptions, 'kills' | 'doubled'>) => async (): Promise<Row> => {
  const outcome = await withTestStack({ env: CRASH_ENV }, (stack) => crashUnderLoad(stack, { ...LOAD, ...options }));
  const { accepted, sent, duplicates, repeated, broken } = outcome;
  const promised = `${sent} sent, ${repeated} requests repeated`;
  return { run, accepted, 'as promised': promised, duplicates: listed(duplicates), broken };
};

const stepsRow = async (): Promise<Row> => {
  const found = await withTestStack({ env: STEPS_ENV }, killAtSteps);
  const broken = steps.filter((step) => JSON.stringify(found[step]) !== JSON.stringify(EXPECTED[step]));
  return {
    run: 'crash: the worker, between each two steps of a delivery',
    accepted: steps.length,
    'as promised': `${steps.length - broken.length} sent`,
    duplicates: steps.flatMap((step) => (found[step].arrivals > 1 ? [`1 killed when ${step}`] : [])).join(', '),
    broken: broken.map((step) => `${step}: ${JSON.stringify(found[step])}`),
  };
};

const outageRow = (dependency: Outage['dependency']) => async (): Promise<Row> => {
  const outages = modes.map((mode) => ({ dependency, mode }));
  const outcome = await withTestStack({ env: OUTAGE_ENV }, (stack) => sufferOutages(stack, { ...OUTAGE, outages }));
  const { accepted, refused, duplicates, broken } = outcome;
  const run = `outage: ${dependency} ${modes.join(', ')}`;
  return { run, accepted, 'as promised': `${refused} x 503 first`, duplicates: listed(duplicates), broken };
};

const kinds: RaceKind[] = ['webhook', 'three channels, one fails', 'late receiver'];
const runs: Record<string, () => Promise<Row>> = {
  ...Object.fromEntries(
    kinds.map((kind) => [
      `race: cancel, ${kind}`,
      raceRow(`race: cancel, ${kind}`, (stack) => raceCancels(stack, kind, RACES)),
    ]),
  ),
  'race: reschedule': raceRow('race: reschedule', (stack) => raceReschedules(stack, RACES)),
  'crash: kill -9 of each in turn': crashRow('crash: kill -9 of each in turn', {
    kills: ['service', 'aws', 'main', 'service', 'aws', 'main'],
  }),
  'crash: the same, every message twice': crashRow('crash: the same, every message twice', {
    kills: ['service', 'aws', 'main', 'service', 'aws', 'main'],
    doubled: true,
  }),
  'crash: every message twice, no kill': crashRow('crash: every message twice, no kill', { kills: [], doubled: true }),
  'crash: steps': stepsRow,
};
const outages = Object.fromEntries(dependencies.map((dependency) => [`outage: ${dependency}`, outageRow(dependency)]));

const wanted = process.argv[2] ?? '';
const rows: Row[] = [];
const take = async (some: Record<string, () => Promise<Row>>, abreast: number): Promise<void> => {
  const asked = Object.entries(some).flatMap(([name, run]) => (name.startsWith(wanted) ? [run] : []));
  await inParallel(asked.length, abreast, async (index) => {
    const row = await (asked[index] as () => Promise<Row>)();
    rows.push(row);
    console.table([{ ...row, broken: row.broken.length }]);
    for (const problem of row.broken) console.log(`  ${row.run}: ${problem}`);
  });
};
await take(runs, 1);
await take(outages, OUTAGES_ABREAST);
console.table(rows.map((row) => ({ ...row, broken: row.broken.length })));
if (rows.some(({ broken }) => broken.length > 0)) process.exitCode = 1;
