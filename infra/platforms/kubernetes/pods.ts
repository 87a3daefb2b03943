/** What is done to pods, and waiting for what becomes of them. */
import { until } from '../../../localstack/e2e/kit-until.ts';
import { answers, startChild, untilReady } from '../child.ts';
import type { Cluster, Component, Pod } from './cluster.ts';
import type { Release } from './release.ts';

const PATIENCE = { deadlineMs: 120_000, everyMs: 500 };

export const allReady = async ({ pods }: Release, component: Component, count: number): Promise<Pod[]> =>
  until(
    `${count} ready pods of ${component}`,
    async () => {
      const found = await pods(component);
      return found.length === count && found.every(({ isReady }) => isReady) && found;
    },
    PATIENCE,
  );

/** Those that are being deleted included. */
export const noneOf = ({ kubectl }: Release, component: Component): Promise<true> =>
  until(
    `no pod of ${component} is left`,
    async () => (await kubectl('get', 'pods', '-l', `app.kubernetes.io/component=${component}`, '-o', 'name')) === '',
    PATIENCE,
  );

export const onePod = async ({ pods }: Release, component: Component): Promise<Pod> => {
  const [pod] = await pods(component);
  if (!pod) throw new Error(`there is no pod of ${component}`);
  return pod;
};

/** Ends every process in the containers of a pod; their cgroup's name carries its uid, with dashes or underscores. */
const KILL = `
const { readdirSync, readFileSync } = require('node:fs');
const uid = new RegExp(process.env.VICTIM.replaceAll('-', '[-_]'));
const isOurs = (pid) => { try { return uid.test(readFileSync('/proc/' + pid + '/cgroup', 'utf8')) && /node/.test(readFileSync('/proc/' + pid + '/cmdline', 'utf8')); } catch { return false; } };
const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).filter(isOurs);
if (pids.length === 0) throw new Error('no process of that pod');
for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
console.log('killed', pids.length);`;

/**
 * SIGKILL from outside, as a node that fails or the kernel short of memory does: within the container its first process is beyond
 * reach. A pod of the same image that sees the node's processes does it.
 */
export const killProcess = async ({ kubectl, get }: Release, victim: Pod): Promise<void> => {
  const { spec } = await get<{ spec: { containers: { image: string }[] } }>('pod', victim.name);
  const image = spec.containers[0]?.image ?? '';
  const container = {
    name: 'killer',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', KILL],
    env: [{ name: 'VICTIM', value: victim.uid }],
    securityContext: { runAsUser: 0, runAsNonRoot: false },
  };
  const overrides = {
    spec: { nodeName: victim.node, hostPID: true, restartPolicy: 'Never', containers: [container] },
  };
  const args = ['run', 'killer', `--image=${image}`, '--restart=Never', '--overrides', JSON.stringify(overrides)];
  await kubectl(...args, '--attach', '--rm', '--quiet');
};

/** A pod itself, whatever its Service thinks of it, or a Service. @param path one that answers 2xx */
export const forward = async ({ namespace }: Cluster, target: string, port: number, path: string) => {
  const child = startChild('kubectl', ['-n', namespace, 'port-forward', target, `:${port}`]);
  const urlOf = (): string => `http://127.0.0.1:${/127\.0\.0\.1:(\d+) ->/.exec(child.output())?.[1] ?? 0}`;
  await untilReady(`port-forward ${target}`, child, () => answers(`${urlOf()}${path}`), 15_000);
  return { url: urlOf(), stop: child.stop };
};
