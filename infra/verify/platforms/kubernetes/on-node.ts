/** What only root on the node can do: a pod of the service's own image does it, and is gone. */
import { randomBytes } from 'node:crypto';
import type { Cluster } from '../../../tools/cluster.ts';
import { until } from '../../kit/until.ts';

export const imageOf = (): string => process.env.IMAGE ?? 'localhost/event-system:dev';

interface OnNode {
  /** For `node -e`. */
  script: string;
  env?: Record<string, string>;
  /** Default: any. */
  node?: string;
  /** A folder of the node, that the script finds at /folder. */
  folder?: string;
}

/** Resolves with what it printed; rejects when it fails. */
export const runOnNode = async (
  { kubectl }: Pick<Cluster, 'kubectl'>,
  { script, env = {}, node, folder }: OnNode,
): Promise<string> => {
  const name = `on-node-${randomBytes(3).toString('hex')}`;
  const container = {
    name,
    image: imageOf(),
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', script],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    securityContext: { runAsUser: 0, runAsNonRoot: false },
    ...(folder && { volumeMounts: [{ name: 'folder', mountPath: '/folder' }] }),
  };
  const spec = {
    hostPID: true,
    restartPolicy: 'Never',
    containers: [container],
    ...(node && { nodeName: node }),
    ...(folder && { volumes: [{ name: 'folder', hostPath: { path: folder } }] }),
  };
  const args = ['run', name, `--image=${imageOf()}`, '--restart=Never', '--overrides', JSON.stringify({ spec })];
  await kubectl(...args);
  try {
    const phase = await until(
      `the pod ${name} ends`,
      async () => {
        const now = await kubectl('get', 'pod', name, '-o', 'jsonpath={.status.phase}');
        return (now === 'Succeeded' || now === 'Failed') && now;
      },
      { everyMs: 250 },
    );
    // Read from its log: what attaches to a pod may come after its output.
    const output = (await kubectl('logs', name)).trim();
    if (phase === 'Failed') throw new Error(`the pod ${name} failed: ${output}`);
    return output;
  } finally {
    await kubectl('delete', 'pod', name, '--wait=false');
  }
};
