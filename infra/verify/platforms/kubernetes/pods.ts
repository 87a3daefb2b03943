/** What is done to pods, and waiting for what becomes of them. */

import type { Cluster, Component, Pod } from '../../../tools/cluster.ts';
import { answers, startChild, untilReady } from '../../../tools/run-program.ts';
import { until } from '../../kit/until.ts';
import { runOnNode } from './on-node.ts';
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

/**
 * Signals every process in the containers of a pod; their cgroup's name carries its uid, with
 * dashes or underscores.
 */
const SIGNAL = `
const { readdirSync, readFileSync } = require('node:fs');
const uid = new RegExp(process.env.POD_UID.replaceAll('-', '[-_]'));
const isOurs = (pid) => { try { return uid.test(readFileSync('/proc/' + pid + '/cgroup', 'utf8')) && /node/.test(readFileSync('/proc/' + pid + '/cmdline', 'utf8')); } catch { return false; } };
const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).filter(isOurs);
if (pids.length === 0) throw new Error('no process of that pod');
for (const pid of pids) process.kill(Number(pid), process.env.SIGNAL);
console.log(Date.now());`;

/**
 * From outside, as a node that fails or the kernel short of memory does: within the container its
 * first process is beyond reach. Resolves with when it was done, epoch ms.
 * @param tools where a pod may be root and see the node's processes
 */
export const signalPod = async (
  tools: Pick<Cluster, 'kubectl'>,
  pod: Pod,
  signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT',
): Promise<number> =>
  Number(await runOnNode(tools, { node: pod.node, script: SIGNAL, env: { POD_UID: pod.uid, SIGNAL: signal } }));

/** A pod itself, whatever its Service thinks of it, or a Service. @param path one that answers 2xx */
export const forward = async ({ namespace }: Cluster, target: string, port: number, path: string) => {
  const child = startChild('kubectl', ['-n', namespace, 'port-forward', target, `:${port}`]);
  const urlOf = (): string => `http://127.0.0.1:${/127\.0\.0\.1:(\d+) ->/.exec(child.output())?.[1] ?? 0}`;
  await untilReady(`port-forward ${target}`, child, () => answers(`${urlOf()}${path}`), 15_000);
  return { url: urlOf(), stop: child.stop };
};
