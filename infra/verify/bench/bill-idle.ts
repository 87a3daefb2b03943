/** What a month costs without any request: polling, the reconciler's minute, its metrics. */
import { randomUUID } from 'node:crypto';
import { loadServerless } from '../../../lib/runtime/serverless/serverless-yaml.ts';
import { alarmMetrics } from '../../serverless/alarm-metrics.ts';
import type { AwsAlone } from './aws-alone.ts';
import { type Component, memoryOf } from './bill-flow.ts';
import { linesOf, totalOf } from './bill-lines.ts';
import { startLambda } from './lambda.ts';
import { sqsEvent } from './lambda-events.ts';
import { lambdaSecrets } from './lambda-secrets.ts';
import { POLL_SECONDS, POLLERS_PER_QUEUE, prices, SECONDS_PER_MONTH, waits } from './prices.ts';
import type { Ledger } from './usage.ts';

export interface IdleLine {
  what: string;
  perMonth: number;
}

const PASSES = 20;
const MINUTES_PER_MONTH = SECONDS_PER_MONTH / 60;
const FILE = 'functions/notifications/reconcile.ts';

/** CloudWatch charges each combination of metric and dimensions that an EMF line names. */
export const metricSeries = (log: string): Set<string> => {
  const series = new Set<string>();
  for (const line of log.split('\n')) {
    if (!line.includes('"_aws"')) continue;
    const emf = JSON.parse(line) as Record<string, unknown> & {
      _aws: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
    };
    for (const { Dimensions, Metrics } of emf._aws.CloudWatchMetrics)
      for (const dimensions of Dimensions)
        for (const { Name } of Metrics)
          series.add(`${Name} ${dimensions.map((name) => `${name}=${emf[name]}`).join(' ')}`);
  }
  return series;
};

/** The event that begins a pass of the reconciler. */
export const reconcilePass = () =>
  sqsEvent('arn:aws:sqs:us-east-1:000000000000:reconcile', [
    {
      messageId: randomUUID(),
      receiptHandle: 'none',
      body: '{"kind":"reconcile"}',
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
    },
  ]);

const reconcilePasses = async (aws: AwsAlone, ledger: Ledger): Promise<Component> => {
  const { url, dataDir, environment } = aws;
  const lambda = await startLambda({
    file: FILE,
    awsUrl: url,
    dataDir,
    environment: { ...environment, ...lambdaSecrets },
    ledger,
  });
  try {
    await lambda.invoke(reconcilePass());
    lambda.proxy.reset();
    lambda.takeLog();
    let cpuMs = 0;
    for (let index = 0; index < PASSES; index += 1) cpuMs += (await lambda.invoke(reconcilePass())).cpuMs;
    const log = lambda.takeLog();
    const calls = { ...lambda.proxy.usage.calls, ScheduleInvocation: PASSES, SendMessage: PASSES };
    const usage = { ...lambda.proxy.usage, calls: { ...calls, ReceiveMessage: PASSES, DeleteMessageBatch: PASSES } };
    return {
      ...{
        name: 'reconcile',
        isRoute: false,
        memoryMb: memoryOf('functions/notifications/reconcile.ts'),
        invocations: PASSES,
        cpuMs,
        waitMs: PASSES * waits.dynamodbMs,
        holdMs: 0,
      },
      ...{ usage, log, answerBytes: 0 },
    };
  } finally {
    await lambda.close();
  }
};

export const idleBill = async (aws: AwsAlone, ledger: Ledger): Promise<IdleLine[]> => {
  const { functions, resources } = await loadServerless({ stage: 'bench' });
  const sources = Object.values(functions).flatMap(({ events }) =>
    events.filter(({ sqs }) => sqs !== undefined),
  ).length;
  const polls = (sources * POLLERS_PER_QUEUE * SECONDS_PER_MONTH) / POLL_SECONDS;
  // An alarm is charged for each metric that it looks at: https://aws.amazon.com/cloudwatch/pricing/
  const watched = Object.values(resources.Resources).flatMap(({ Type, Properties }) =>
    Type === 'AWS::CloudWatch::Alarm' ? alarmMetrics(Properties) : [],
  );
  const component = await reconcilePasses(aws, ledger);
  const series = metricSeries(component.log).size;
  const logGb = ((Buffer.byteLength(component.log) / PASSES) * MINUTES_PER_MONTH) / 1e9;
  return [
    {
      what: `${Math.round(polls).toLocaleString('en-US')} empty long polls: ${sources} queues x ${POLLERS_PER_QUEUE} pollers x ${POLL_SECONDS} s`,
      perMonth: (polls * prices.sqsPerMillion) / 1e6,
    },
    {
      what: `${MINUTES_PER_MONTH.toLocaleString('en-US')} reconciler passes: schedule, message, Lambda, ${(component.usage.calls.Query ?? 0) / PASSES} queries, log`,
      perMonth: (totalOf(linesOf(component)) * MINUTES_PER_MONTH) / PASSES,
    },
    { what: `${series} metrics that an idle pass emits`, perMonth: series * prices.metricPerMonth },
    { what: `alarms on ${watched.length} metrics`, perMonth: watched.length * prices.alarmPerMonth },
    { what: 'its log, kept a month', perMonth: logGb * prices.logsKeptPerGbMonth },
  ];
};
