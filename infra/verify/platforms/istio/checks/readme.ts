/** Step 6 of the chart's quickstart, read from its README and run as it is written. */

import type { Cluster } from '../../../../tools/cluster.ts';
import { expectStatus, expectThat } from '../../../kit/expect.ts';
import { commandsAfter, runCommands } from '../../documented.ts';
import { ask, type Listener } from '../gateway-client.ts';
import type { Check } from './check.ts';

const README = 'infra/helm/event-system/README.md';
const MONITORING = 'monitoring';
const CASES = [
  { name: 'without Prometheus', marker: '**6. The service**, without Prometheus:', boards: 0, monitors: 0 },
  { name: 'with Prometheus and Grafana', marker: 'The service with Prometheus', boards: 2, monitors: 1 },
];
const TEST = 'Does it work?';

const checkOf = (
  listener: Listener,
  cluster: Cluster,
  { name, marker, boards, monitors }: (typeof CASES)[number],
): Check => ({
  name: `step 6 ${name}`,
  run: async () => {
    const { kubectl } = cluster;
    const count = async (...args: string[]): Promise<number> =>
      (await kubectl('get', ...args, '-o', 'name')).split('\n').filter(Boolean).length;
    await runCommands(commandsAfter(README, marker), { env: { API_HOST: listener.host } });
    const tested = await runCommands(commandsAfter(README, TEST));
    expectThat(tested.includes('All is well'), `helm test said ${tested}`);
    expectStatus(await ask(listener, 'GET', '/health'), 200);
    const seen = {
      boards: await count('configmaps', '-n', MONITORING, '-l', 'grafana_dashboard=1'),
      monitors: await count('servicemonitors'),
    };
    expectThat(seen.boards === boards, `there are ${seen.boards} dashboards instead of ${boards}`);
    expectThat(seen.monitors === monitors, `there are ${seen.monitors} ServiceMonitors instead of ${monitors}`);
    return `installed, tested; ${seen.boards} dashboards, ${seen.monitors} ServiceMonitor`;
  },
});

export const readmeChecks = (listener: Listener, cluster: Cluster): Check[] =>
  CASES.map((one) => checkOf(listener, cluster, one));

/** The namespace of step 5, there while `use` takes; one that was there before stays. */
export const withMonitoring = async <T>({ kubectl }: Cluster, use: () => Promise<T>): Promise<T> => {
  const found = await kubectl('get', 'namespace', MONITORING, '--ignore-not-found', '-o', 'name');
  if (found !== '') return use();
  await kubectl('create', 'namespace', MONITORING);
  try {
    return await use();
  } finally {
    await kubectl('delete', 'namespace', MONITORING, '--wait=false');
  }
};
