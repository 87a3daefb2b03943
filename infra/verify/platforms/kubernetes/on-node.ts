/** What only root on the node can do: a pod of the service's own image does it, and is gone. */
import { randomBytes } from 'node:crypto';
import type { Cluster } from '../../../tools/cluster.ts';

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

/** Resolves with what it printed. */
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
  return (await kubectl(...args, '--attach', '--rm', '--quiet')).trim();
};
