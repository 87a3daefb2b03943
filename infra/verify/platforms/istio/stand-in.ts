/**
 * The chart's own gateway objects before an upstream on this machine: what the gateway does is
 * counted where it arrives.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, loadAll } from 'js-yaml';
import { type Cluster, command } from '../../../tools/cluster.ts';
import { until } from '../../kit/until.ts';
import { CHART, LOCAL_VALUES, valueArgs } from '../kubernetes/release.ts';
import { ask, type Listener } from './gateway-client.ts';
import { MARK, type Upstream } from './upstream.ts';

const RELEASE = 'stand-in';
const SERVICE = `${RELEASE}-event-system`;
const GATEWAY_KINDS = /^(networking|security)\.istio\.io|^gateway\.networking\.k8s\.io/;

interface KubernetesObject {
  apiVersion: string;
  kind: string;
}

/** A Service without pods: its one endpoint is this machine. */
const serviceObjects = (receiverHost: string, port: number): object[] => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: SERVICE },
    spec: { ports: [{ name: 'http', port: 80, appProtocol: 'http' }] },
  },
  sliceOf(SERVICE, receiverHost, port),
];

const sliceOf = (name: string, address: string, port: number): object => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, labels: { 'kubernetes.io/service-name': SERVICE } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [address], conditions: { ready: true } }],
  ports: [{ name: 'http', port, appProtocol: 'http' }],
});

/**
 * The chart's own times would take minutes: what is waited for here is shorter, each in its place.
 */
const SHORTER: Record<string, string> = { '15s': '4s', '35s': '6s', '5s': '1s' };
const shortened = (rendered: string): string =>
  rendered.replace(
    /\b(timeout|request|perTryTimeout): (\d+s)\b/g,
    (_, name, value) => `${name}: ${SHORTER[value] ?? value}`,
  );

const gatewayObjects = async (namespace: string, values: Record<string, unknown>): Promise<KubernetesObject[]> => {
  const place = ['-n', namespace, '--kube-version', '1.34.0', '-f', LOCAL_VALUES];
  const rendered = await command('helm', ['template', RELEASE, CHART, ...place, ...valueArgs(values)]);
  const objects = loadAll(shortened(rendered)) as (KubernetesObject | null)[];
  return objects.filter((one) => one !== null).filter(({ apiVersion }) => GATEWAY_KINDS.test(apiVersion));
};

export interface StandIn {
  listener: Listener;
  upstream: Upstream;
  /** Another endpoint beside this machine, where nothing listens, for as long as `use` takes. */
  withDeadPod<T>(use: () => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

const DEAD_PORT = 9;

export const placeStandIn = async (options: {
  cluster: Cluster;
  directory: string;
  listener: Listener;
  upstream: Upstream;
  receiverHost: string;
  values: Record<string, unknown>;
}): Promise<StandIn> => {
  const { cluster, directory, listener, upstream, receiverHost, values } = options;
  const file = join(directory, `${RELEASE}.yaml`);
  const objects = [
    ...serviceObjects(receiverHost, upstream.port),
    ...(await gatewayObjects(cluster.namespace, values)),
  ];
  writeFileSync(file, objects.map((one) => dump(one)).join('---\n'));
  const remove = async (): Promise<void> => void (await cluster.kubectl('delete', '--ignore-not-found', '-f', file));
  try {
    await cluster.kubectl('apply', '-f', file);
    const answered = (): Promise<boolean> =>
      ask(listener, 'GET', '/').then(
        ({ headers }) => headers.has(MARK),
        () => false,
      );
    await until(`${listener.host} through the gateway`, answered, { deadlineMs: 30_000, everyMs: 200 });
  } catch (error) {
    await remove();
    throw error;
  }
  const withDeadPod = async <T>(use: () => Promise<T>): Promise<T> => {
    const deadFile = join(directory, 'dead-pod.json');
    writeFileSync(deadFile, JSON.stringify(sliceOf(`${SERVICE}-dead`, receiverHost, DEAD_PORT)));
    await cluster.kubectl('apply', '-f', deadFile);
    try {
      return await use();
    } finally {
      await cluster.kubectl('delete', '--ignore-not-found', '-f', deadFile);
    }
  };
  return { listener, upstream, withDeadPod, remove };
};
