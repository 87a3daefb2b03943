/**
 * What functions print, and what CloudWatch makes of it (docs.aws.amazon.com, Embedded Metric
 * Format specification).
 */
import { fileURLToPath } from 'node:url';
import { run } from '../tools/run-program.ts';
import { withAws } from '../verify/bench/aws-alone.ts';
import { runFlow, startLambdas } from '../verify/bench/bill-flow.ts';
import { startReceiver } from '../verify/bench/receiver-process.ts';
import { makeLedger } from '../verify/bench/usage.ts';
import { STACK } from './emulated-account.ts';

export interface Datum {
  namespace: string;
  name: string;
  unit: string;
  dimensions: Record<string, string>;
  values: number[];
}

interface Line {
  _aws: {
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
  };
  [member: string]: unknown;
}

const dataOf = (line: Line): Datum[] =>
  line._aws.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name: name, Unit: unit }) => ({
        namespace,
        name,
        unit,
        dimensions: Object.fromEntries(names.map((dimension) => [dimension, String(line[dimension])])),
        values: [line[name]].flat() as number[],
      })),
    ),
  );

/** Of what was printed, logs and all. */
export const parseEmf = (printed: string): Datum[] =>
  printed
    .split('\n')
    .filter((line) => line.includes('"_aws"'))
    .flatMap((line) => dataOf(JSON.parse(line) as Line));

const COUNT = 12;

/** The real functions, one process each as on AWS: a few notifications created, scheduled and delivered. */
export const printedByFunctions = (): Promise<string> =>
  withAws(async (aws) => {
    const receiver = await startReceiver();
    const environment = { ...aws.environment, POWERTOOLS_SERVICE_NAME: STACK };
    const lambdas = await startLambdas({ ...aws, environment }, makeLedger({}));
    try {
      const flow = { channels: ['email' as const, 'webhook' as const], beyond: true, batchSize: 10, count: COUNT };
      const components = await runFlow(aws, lambdas, receiver.url, flow);
      return components.map(({ log }) => log).join('\n');
    } finally {
      await lambdas.close();
      await receiver.close();
    }
  });

export const printedOfEveryMetric = (): Promise<string> =>
  run(process.execPath, [fileURLToPath(new URL('every-metric.ts', import.meta.url))], {
    env: { ...process.env, AWS_LAMBDA_FUNCTION_NAME: 'every-metric', POWERTOOLS_SERVICE_NAME: STACK },
  });
