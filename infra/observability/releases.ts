/**
 * Several releases in one Prometheus, and several stages by way of one exporter: one that is well,
 * one that is broken, one that is gone. What `promtool test rules` must find of each, with the
 * rules as they are and as the chart renders them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../tools/run-program.ts';
import type { Release, Source } from './files.ts';

export const WELL: Record<Source, Release> = {
  prometheus: { namespace: 'a', release: 'shop' },
  cloudwatch: { namespace: '111111111111/us-east-1', release: 'event-notification-service-prod' },
};
/** Of another namespace, and of the same name. */
export const BROKEN: Record<Source, Release> = {
  prometheus: { namespace: 'b', release: 'shop' },
  cloudwatch: { namespace: '222222222222/us-east-1', release: 'event-notification-service-prod' },
};
/** Of the same namespace as the broken one, until minute 20. */
export const GONE: Record<Source, Release> = {
  prometheus: { namespace: 'b', release: 'press' },
  cloudwatch: { namespace: '222222222222/us-east-1', release: 'event-notification-service-dev' },
};

const ALWAYS = 90;
const UNTIL_GONE = 20;

interface Figures {
  minutes: number;
  /** A minute. */
  answers: Record<string, number>;
  probesRefused: number;
  deadLetters: number;
}

const FIGURES: Record<'well' | 'broken' | 'gone', Figures> = {
  well: { minutes: ALWAYS, answers: { 201: 60 }, probesRefused: 60, deadLetters: 0 },
  broken: { minutes: ALWAYS, answers: { 201: 60, 500: 30 }, probesRefused: 0, deadLetters: 3 },
  gone: { minutes: UNTIL_GONE, answers: { 201: 60 }, probesRefused: 0, deadLetters: 0 },
};

interface InputSeries {
  series: string;
  values: string;
}

const labelled = (name: string, labels: Record<string, string>): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;

const ROUTE = { route: '/api/v1/events', method: 'POST' };
const PROBE = { route: '/health/ready', method: 'GET', status: '503' };

/** What happens in a release, as counts a minute, by metric and labels. */
const countsOf = ({ answers, probesRefused, deadLetters }: Figures): [string, Record<string, string>, number][] => [
  ...Object.entries(answers).map(([status, count]): [string, Record<string, string>, number] => [
    'http_requests_total',
    { ...ROUTE, status },
    count,
  ]),
  ['http_requests_total', PROBE, probesRefused],
  ['dead_letters_total', { kind: 'message' }, deadLetters],
  ['reconcile_passes_total', {}, 1],
];

const scraped = ({ namespace, release }: Release, figures: Figures): InputSeries[] => {
  const target = { job: 'event-system', namespace, release, instance: `${namespace}-${release}-0` };
  return [
    { series: labelled('up', target), values: `1x${figures.minutes}` },
    ...countsOf(figures).map(([name, labels, count]) => ({
      series: labelled(`event_system_${name}`, { ...target, ...labels }),
      values: `0+${count}x${figures.minutes}`,
    })),
  ];
};

const exported = ({ namespace, release }: Release, figures: Figures): InputSeries[] => {
  const [account_id = '', region = ''] = namespace.split('/');
  const from = { job: 'yace', instance: 'yace-0', account_id, region };
  const dimensions = (labels: Record<string, string>) =>
    Object.fromEntries(Object.entries(labels).map(([label, value]) => [`dimension_${label}`, value]));
  const queue = { ...from, dimension_QueueName: `${release}-delivery` };
  return [
    {
      series: labelled('aws_sqs_approximate_number_of_messages_visible_maximum', queue),
      values: `0x${figures.minutes}`,
    },
    ...countsOf(figures).map(([name, labels, count]) => ({
      series: labelled(`aws_eventsystem_event_system_${name}_sum`, {
        ...from,
        dimension_service: release,
        ...dimensions(labels),
      }),
      values: `${count * 5}x${figures.minutes}`,
    })),
  ];
};

const EXPORTER: InputSeries = { series: 'up{job="yace",instance="yace-0"}', values: `1x${ALWAYS}` };

const inputOf = (source: Source): InputSeries[] => {
  const series = source === 'prometheus' ? scraped : exported;
  return [
    ...(source === 'prometheus' ? [] : [EXPORTER]),
    ...series(WELL[source], FIGURES.well),
    ...series(BROKEN[source], FIGURES.broken),
    ...series(GONE[source], FIGURES.gone),
  ];
};

const testOf = (source: Source, absent: Release[]): object => {
  const sample = (of: Release, value: number, labels: Record<string, string> = {}) => ({
    labels: labelled('', { ...labels, ...of }),
    value,
  });
  const fired = (of: Release, ...names: string[]) => names.map((alertname) => sample(of, 1, { alertname }));
  const [well, broken, gone] = [WELL[source], BROKEN[source], GONE[source]];
  return {
    interval: '1m',
    input_series: inputOf(source),
    promql_expr_test: [
      {
        // Each figure is of its own release, once, and the probes that are refused are in none.
        expr: 'round(event_system:http_requests_all:rate5m, 0.01)',
        eval_time: '15m',
        exp_samples: [sample(well, 1), sample(broken, 1.5), sample(gone, 1)],
      },
      {
        expr: 'round(event_system:http_errors:ratio_rate5m, 0.01)',
        eval_time: '70m',
        exp_samples: [sample(well, 0), sample(broken, 0.33)],
      },
      {
        expr: 'count by (alertname, namespace, release) (ALERTS{alertstate="firing"})',
        eval_time: '70m',
        exp_samples: [
          ...fired(broken, 'EventSystemApiErrors', 'EventSystemDeadLetters'),
          ...[gone, ...absent].flatMap((of) => fired(of, 'EventSystemDown', 'EventSystemReconcilerSilent')),
        ],
      },
    ],
  };
};

/**
 * Rejects with what promtool says.
 * @param absent releases that the rules name, and that never were there
 * @param directory for the file of tests
 */
export const checkReleases = async (
  promtool: string,
  source: Source,
  { ruleFiles, absent = [], directory }: { ruleFiles: string[]; absent?: Release[]; directory: string },
): Promise<void> => {
  const path = join(directory, `releases-${source}.test.json`); // JSON is YAML
  const tests = { rule_files: ruleFiles, evaluation_interval: '1m', tests: [testOf(source, absent)] };
  writeFileSync(path, JSON.stringify(tests));
  await run(promtool, ['test', 'rules', path]);
};
