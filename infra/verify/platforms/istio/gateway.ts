/** The gateway that is there already, and what it can do. */

import { type Cluster, makeCluster } from '../../../tools/cluster.ts';
import { until } from '../../kit/until.ts';
import { applyCrds } from '../chart/crds.ts';

/** As the release istio-ingress of Istio's own chart has it. */
const NAMESPACE = 'event-system';
const SELECTOR = 'istio=ingress';

export const cluster: Cluster = makeCluster(NAMESPACE);

interface Service {
  metadata: { name: string };
  spec: { clusterIP: string };
  status: { loadBalancer: { ingress?: { ip?: string; hostname?: string }[] } };
}

export interface Gateway {
  /** Where its Service is reached from this machine: its load balancer, else its address in the cluster. */
  address: string;
  /** In the cluster's DNS. */
  name: string;
}

export const findGateway = async (): Promise<Gateway | undefined> => {
  const { items } = await cluster.get<{ items: Service[] }>('services', '-l', SELECTOR);
  const [found] = items;
  if (!found) return undefined;
  const [ingress] = found.status.loadBalancer.ingress ?? [];
  return {
    address: ingress?.ip ?? ingress?.hostname ?? found.spec.clusterIP,
    name: `${found.metadata.name}.${NAMESPACE}.svc.cluster.local`,
  };
};

/** What hinders, in a sentence with the remedy. */
export const missingGateway = async (): Promise<string | undefined> => {
  const crd = ['get', 'crd', 'virtualservices.networking.istio.io', '-o', 'name'];
  if ((await cluster.kubectl(...crd).catch(() => '')) === '')
    return 'the cluster has no Istio; see infra/helm/event-system/README.md, step 4';
  if ((await findGateway()) === undefined) {
    return `there is no Service labelled ${SELECTOR} in the namespace ${NAMESPACE}: helm install istio-ingress istio/gateway -n ${NAMESPACE}`;
  }
  const releases = JSON.parse(await cluster.helm('list', '-o', 'json', '-f', '^event-system$')) as unknown[];
  if (releases.length > 0)
    return `the release event-system is there already in the namespace ${NAMESPACE}; this would remove it`;
  return undefined;
};

/** Adds the Kubernetes Gateway API where it is not; it stays, as others may have begun to use it. */
export const addGatewayApi = async (): Promise<void> => {
  await applyCrds();
  const accepted = async (): Promise<boolean> => {
    const { status } = await cluster.get<{ status?: { conditions?: { type: string; status: string }[] } }>(
      'gatewayclass',
      'istio',
    );
    return status?.conditions?.some((one) => one.type === 'Accepted' && one.status === 'True') ?? false;
  };
  await until('Istio takes the Gateway API', accepted, { deadlineMs: 30_000, everyMs: 500 });
};
