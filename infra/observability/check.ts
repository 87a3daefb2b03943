/**
 * `npm run check:observability [-- --pictures]`: a real Prometheus scrapes two minutes of traffic, failures
 * and an outage; every rule and panel must have data, and no alert fire that nothing provoked.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLocalAws } from '../../localstack/entrypoints/local-aws-role.ts';
import { freePort, startStack } from '../../localstack/testing/stack.ts';
import { run } from '../tools/run-program.ts';
import { checkCloudWatch } from './cloudwatch.ts';
import { drawPictures } from './draw.ts';
import { dashboardNames, queries, type Release, rulePaths, rulesOf } from './files.ts';
import { type Alert, type Prometheus, startPrometheus } from './prometheus.ts';
import { checkReleases } from './releases.ts';
import { findTools, type Tools } from './tools.ts';
import { makeTraffic } from './traffic.ts';
import { emptyPanels, emptyRules } from './verdict.ts';

const withPictures = process.argv.includes('--pictures');
const TRAFFIC_MS = withPictures ? 200_000 : 100_000;
const RELEASE: Release = { namespace: 'event-system', release: 'event-system' };
/** Another one, whose only process never answers. */
const DEAD_RELEASE: Release = { namespace: 'elsewhere', release: 'event-system' };
/** A rate needs two scrapes. */
const SETTLED_MS = 3_000;
/** Fire at once, and must: what the traffic does is just that. */
const PROVOKED = ['EventSystemDeadLetters', 'EventSystemEndpointDisabled'];
/** What no traffic brings about, and is 0 in a run where all is well. */
const IDLE = [
  'event_system:rate_share_failures:rate5m',
  'event_system:process_restarts:changes15m',
  'event_system:http_errors:ratio_rate5m',
  'event_system:http_errors:ratio_rate1h',
];
/** Functions are AWS's; the check of the CloudWatch source looks at them. */
const ELSEWHERE = /^event_system:function_/;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const isOf = ({ labels }: Alert, { namespace, release }: Release): boolean =>
  labels.namespace === namespace && labels.release === release;
const namesOf = (alerts: Alert[]): string[] => [...new Set(alerts.map(({ labels }) => labels.alertname ?? ''))];

const checkAlerts = async (prometheus: Prometheus): Promise<string[]> => {
  const alerts = await prometheus.alerts();
  const strangers = alerts.filter((alert) => !isOf(alert, RELEASE) && !isOf(alert, DEAD_RELEASE));
  const ofDead = namesOf(alerts.filter((alert) => isOf(alert, DEAD_RELEASE)));
  const firing = namesOf(alerts.filter((alert) => alert.state === 'firing' && isOf(alert, RELEASE)));
  say(`firing: ${firing.join(', ')}; of the release that is down, firing or about to: ${ofDead.join(', ')}`);
  return [
    ...namesOf(strangers).map((name) => `${name} is of neither release`),
    ...firing.filter((name) => !PROVOKED.includes(name)).map((name) => `${name} fires, and nothing provoked it`),
    ...PROVOKED.filter((name) => !firing.includes(name)).map((name) => `${name} does not fire`),
    ...(ofDead.includes('EventSystemDown') ? [] : ['a release that is down is not noticed beside one that is up']),
  ];
};

const checkRules = async ({ promtool }: Tools, directory: string): Promise<void> => {
  for (const source of ['prometheus', 'cloudwatch'] as const)
    await run(promtool, ['check', 'rules', ...rulePaths(source)]);
  await run(promtool, ['test', 'rules', fileURLToPath(new URL('alerts.test.yml', import.meta.url))]);
  for (const source of ['prometheus', 'cloudwatch'] as const)
    await checkReleases(promtool, source, { ruleFiles: rulePaths(source), directory });
  say('promtool: the rules are valid, every alert fires and stays quiet, of its own release alone');
};

/** What `promtool check metrics` says of a process's metrics, in a sentence each. */
const checkExposition = async ({ promtool }: Tools, who: string, metricsPort: number): Promise<string[]> => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const { stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  return `${stdout}${stderr}`
    .split('\n')
    .filter(Boolean)
    .map((finding) => `metrics of ${who}: ${finding}`);
};

/** The role `local-aws` of the container, in this process. */
const checkLocalAwsExposition = async (tools: Tools, directory: string): Promise<string[]> => {
  const metricsPort = await freePort();
  const environment = {
    HOST: '127.0.0.1',
    LOCAL_AWS_PORT: String(await freePort()),
    METRICS_PORT: String(metricsPort),
  };
  const localAws = await startLocalAws({ ...environment, DATA_DIR: directory });
  try {
    return await checkExposition(tools, 'the local AWS', metricsPort);
  } finally {
    await localAws.close();
  }
};

const checkPrometheus = async (tools: Tools, directory: string): Promise<string[]> => {
  const metricsPort = await freePort();
  const stack = await startStack({
    dataDir: join(directory, 'data'),
    env: { METRICS_PORT: String(metricsPort), RETRY_SCHEDULE: '0,2,4' },
  });
  let prometheus: Prometheus | undefined;
  try {
    prometheus = await startPrometheus({
      program: tools.prometheus,
      directory,
      rulePaths: rulePaths('prometheus'),
      targets: [
        { job: 'event-system', address: `127.0.0.1:${metricsPort}`, labels: RELEASE },
        { job: 'event-system', address: `127.0.0.1:${await freePort()}`, labels: DEAD_RELEASE },
      ],
    });
    const from = Date.now();
    await makeTraffic(stack, TRAFFIC_MS, (what) => say(`  ${what}`));
    const wrong = [
      ...(await prometheus.brokenRules()),
      ...(await emptyRules(prometheus, rulesOf('prometheus'), IDLE)),
      ...(await emptyPanels(prometheus, dashboardNames.flatMap(queries), { elsewhere: ELSEWHERE, release: RELEASE })),
      ...(await checkAlerts(prometheus)),
      ...(await checkExposition(tools, 'the service', metricsPort)),
      ...(await checkLocalAwsExposition(tools, join(directory, 'local-aws'))),
    ];
    if (withPictures) {
      const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      await drawPictures(prometheus, metrics, { from: from + SETTLED_MS, to: Date.now(), release: RELEASE });
    }
    return wrong;
  } finally {
    await prometheus?.close();
    await stack.stop();
  }
};

const directory = mkdtempSync(join(tmpdir(), 'observability-'));
const tools = await findTools();
await checkRules(tools, directory);
const wrong: string[] = [];
for (const [name, check] of Object.entries({ Prometheus: checkPrometheus, CloudWatch: checkCloudWatch })) {
  say(`${name}:`);
  wrong.push(...(await check(tools, directory)).map((sentence) => `${name}: ${sentence}`));
}
for (const sentence of wrong) say(`WRONG: ${sentence}`);
if (wrong.length > 0) {
  say(`its files are in ${directory}`);
  process.exitCode = 1;
} else {
  rmSync(directory, { recursive: true, force: true });
  say('every rule and every panel has data, of both sources');
}
