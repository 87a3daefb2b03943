/**
 * The other source: what real functions print becomes CloudWatch's metrics (in MiniStack), the exporter with
 * the shipped configuration fetches them, and the same recorded series come of it, with the same figures.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../verify/kit/until.ts';
import { startMiniStack } from '../verify/platforms/ministack.ts';
import { type Datum, parseEmf, printedByFunctions, printedOfEveryMetric } from './emf.ts';
import { ACCOUNT, REGION, STACK } from './emulated-account.ts';
import { makeFunctions, ownMetrics, putMetrics } from './emulator.ts';
import { dashboardNames, queries, rulePaths, rulesOf } from './files.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import type { Tools } from './tools.ts';
import { emptyPanels, emptyRules } from './verdict.ts';
import { buildYace, startYace } from './yace.ts';

const PERIOD_MS = 300_000;
const RELEASE = { namespace: `${ACCOUNT}/${REGION}`, release: STACK };
/** Processes are containers'; the check of the Prometheus source looks at them. */
const ELSEWHERE = /^event_system:(process_|nodejs_)/;

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

/** The recorded rates, over their 300 s, must be the sums of what was printed. */
const otherSums = async (prometheus: Prometheus, data: Datum[]): Promise<string[]> => {
  const names = [...new Set(data.map(({ name }) => name))].filter((name) => name.endsWith('_total'));
  const wrong: string[] = [];
  for (const name of names) {
    const printed = sum(data.filter((datum) => datum.name === name).flatMap(({ values }) => values));
    const series = name.replace(/^event_system_(.*)_total$/, 'event_system:$1:rate5m');
    const [found] = await prometheus.query(`sum(${series}) * 300`);
    const recorded = Number(found?.value?.[1] ?? 0);
    if (Math.abs(recorded - printed) > 0.001) wrong.push(`${name}: ${printed} printed, ${recorded} recorded`);
  }
  return wrong;
};

/**
 * In both of the windows that the exporter may ask for while this runs, and just now for what it
 * asks without a delay.
 */
const fill = async (endpoint: string, data: Datum[]): Promise<void> => {
  const window = Math.floor(Date.now() / PERIOD_MS) * PERIOD_MS;
  await putMetrics(endpoint, data, window - 200_000);
  await putMetrics(endpoint, data, window + 100_000);
  const queues = data.filter(({ namespace }) => namespace === 'AWS/SQS');
  await putMetrics(endpoint, queues, Date.now() - 60_000);
};

export const checkCloudWatch = async ({ prometheus: program }: Tools, parent: string): Promise<string[]> => {
  const directory = join(parent, 'cloudwatch');
  mkdirSync(directory);
  // Before there are data: only those of the last minutes are fetched.
  await buildYace();
  const printed = parseEmf(`${await printedByFunctions()}\n${await printedOfEveryMetric()}`);
  const { endpoint, child: ministack } = await startMiniStack({ directory, say: () => undefined });
  const ends = [ministack.stop];
  try {
    await makeFunctions(endpoint);
    await fill(endpoint, [...printed, ...ownMetrics()]);
    const { target, child: yace } = await startYace(endpoint, join(directory, 'yace.log'));
    ends.push(yace.stop);
    const targets = [{ job: 'yace', address: target }];
    const prometheus = await startPrometheus({ program, directory, rulePaths: rulePaths('cloudwatch'), targets });
    ends.push(prometheus.close);
    // The last of what is made of what was fetched: by then the rest is there. The count of an hour
    // moves on the full minute.
    const made = ['notifications_failing:ratio_rate5m', 'function_duration_seconds:p99', 'dead_letters:sum1h'];
    const last = made.map((name) => `sum(event_system:${name})`).join(' and ');
    const isThere = async () => (await prometheus.query(last)).length > 0;
    await until('the exporter has fetched what is there', isThere, { deadlineMs: 150_000, everyMs: 1_000 });
    return [
      ...(await prometheus.brokenRules()),
      ...(await emptyRules(prometheus, rulesOf('cloudwatch'), [])),
      ...(await emptyPanels(prometheus, dashboardNames.flatMap(queries), { elsewhere: ELSEWHERE, release: RELEASE })),
      ...(await otherSums(prometheus, printed)),
    ];
  } finally {
    for (const end of ends.toReversed()) await end();
  }
};
