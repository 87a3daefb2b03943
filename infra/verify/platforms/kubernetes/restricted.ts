/**
 * Namespaces that enforce the Pod Security Standard `restricted`, and volumes there for classes
 * that give directories to root.
 */

import { type Cluster, command } from '../../../tools/cluster.ts';
import { until } from '../../kit/until.ts';
import { runOnNode } from './on-node.ts';

const BOUND_MS = 10_000;

export const createRestricted = async ({ kubectl, namespace }: Cluster): Promise<void> => {
  await kubectl('create', 'namespace', namespace);
  await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
};

interface Claim {
  spec: { volumeName?: string };
  status: { phase: string };
}

const claimOf = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, labels: { 'app.kubernetes.io/instance': name.replace(/^data-(.*)-local-aws-0$/, '$1') } },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});

/**
 * The claim of a release's local AWS, on a volume that any user may write to, as minikube, kind and
 * k3s make theirs. A class that waits for the pod is left to it.
 */
export const claimVolume = async (
  cluster: Cluster,
  tools: Pick<Cluster, 'kubectl'>,
  release: string,
): Promise<void> => {
  const name = `data-${release}-local-aws-0`;
  await command('sh', [
    '-c',
    'printf %s "$1" | kubectl apply -n "$2" -f -',
    'sh',
    JSON.stringify(claimOf(name)),
    cluster.namespace,
  ]);
  const bound = async (): Promise<string | false> => {
    const { spec, status } = await cluster.get<Claim>('pvc', name);
    return status.phase === 'Bound' && (spec.volumeName ?? false);
  };
  const volume = await until('the claim is bound', bound, { deadlineMs: BOUND_MS, everyMs: 200 }).catch(
    () => undefined,
  );
  if (volume === undefined) return;
  const { spec } = await cluster.get<{ spec: { hostPath?: { path: string } } }>('pv', volume);
  if (!spec.hostPath) return;
  await runOnNode(tools, { folder: spec.hostPath.path, script: "require('node:fs').chmodSync('/folder', 0o777)" });
};
