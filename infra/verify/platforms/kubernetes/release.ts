/** The chart in a namespace of its own: installed, upgraded, reached, removed. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Cluster, command, makeCluster } from '../../../tools/cluster.ts';
import { imageOf } from './on-node.ts';
import { claimVolume, createRestricted } from './restricted.ts';

export const RELEASE = 'event-system';
export const CHART = fileURLToPath(new URL('../../../helm/event-system', import.meta.url));
export const LOCAL_VALUES = fileURLToPath(new URL('../../../helm/event-system/values-local.yaml', import.meta.url));
export const KEYS = fileURLToPath(new URL('../../../keys/main.ts', import.meta.url));
const WAIT = ['--wait', '--timeout', '150s'];

export interface Release extends Cluster {
  url: string;
  localAws: string;
  key: string;
  webhookSecrets: string[];
  /** `helm upgrade` with the values of the installation and these. Resolves when everything new is ready. */
  upgrade(values?: Record<string, unknown>): Promise<void>;
  /** A namespace where pods may be root, and where the dashboards are. */
  tools: Cluster;
  /** NOTES.txt, as the installation printed it. */
  notes: string;
  /** Ends it, its volumes and its namespace. */
  remove(): Promise<void>;
}

/**
 * Two workers and two API pods, so that each can be lost; every limit of the chart's own defaults.
 */
export const valuesOf = ({ namespace }: Cluster): Record<string, unknown> => {
  const [repository, tag] = imageOf().split(/:(?=[^/:]+$)/);
  // By path: what values-local.yaml says beside them stays.
  return {
    'image.repository': repository,
    'image.tag': tag,
    'service.type': 'NodePort',
    'localAws.service.type': 'NodePort',
    'api.replicas': 2,
    'worker.replicas': 2,
    'dashboards.enabled': true,
    'dashboards.namespace': namespace,
  };
};

export const valueArgs = (...all: Record<string, unknown>[]): string[] =>
  all.flatMap((values) =>
    Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`]),
  );

export const nodePortOf = async ({ get }: Cluster, service: string): Promise<number> => {
  const { spec } = await get<{ spec: { ports: { nodePort?: number }[] } }>('service', service);
  const port = spec.ports.find(({ nodePort }) => nodePort !== undefined)?.nodePort;
  if (port === undefined) throw new Error(`the Service ${service} has no node port`);
  return port;
};

export const secretsOf = async ({ get }: Cluster): Promise<string[]> => {
  const { data } = await get<{ data: Record<string, string> }>('secret', RELEASE);
  return Buffer.from(data.WEBHOOK_SECRETS ?? '', 'base64')
    .toString()
    .split(/\s+/);
};

/** With every scope, and a rate that a check does not exceed. */
export const makeKey = async (localAws: string): Promise<string> => {
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const env = { ...credentials, AWS_ENDPOINT_URL: localAws, TABLE_NAME: 'event-notification-service-local' };
  const token = await command(process.execPath, [KEYS, 'create', '--scopes', 'admin', '--rate-limit', '500'], env);
  return token.trim();
};

export const install = async (say: (text: string) => void): Promise<Release> => {
  const cluster = makeCluster(`es-${randomBytes(3).toString('hex')}`);
  const { namespace, kubectl, helm } = cluster;
  const tools = makeCluster(`${namespace}-tools`);
  const values = valuesOf(tools);
  const remove = async (): Promise<void> => {
    await helm('uninstall', RELEASE, '--ignore-not-found', '--wait', '--timeout', '120s');
    await kubectl('delete', 'namespace', namespace, tools.namespace, '--timeout', '120s');
  };
  const upgrade = (...changed: Record<string, unknown>[]): Promise<string> =>
    helm('upgrade', '--install', RELEASE, CHART, '-f', LOCAL_VALUES, ...valueArgs(values, ...changed), ...WAIT);

  await createRestricted(cluster);
  await kubectl('create', 'namespace', tools.namespace);
  try {
    await claimVolume(cluster, tools, RELEASE);
    const notes = await upgrade();
    say(`installed in ${namespace}`);
    const host = process.env.NODE_ADDRESS ?? '127.0.0.1';
    const localAws = `http://${host}:${await nodePortOf(cluster, `${RELEASE}-local-aws`)}`;
    return {
      ...cluster,
      tools,
      url: `http://${host}:${await nodePortOf(cluster, RELEASE)}`,
      localAws,
      key: await makeKey(localAws),
      webhookSecrets: await secretsOf(cluster),
      notes,
      upgrade: async (changed = {}) => void (await upgrade(changed)),
      remove,
    };
  } catch (error) {
    const logs = ['logs', '-l', `app.kubernetes.io/instance=${RELEASE}`, '--all-containers', '--prefix', '--tail=10'];
    const seen = [await kubectl('get', 'pods').catch(String), await kubectl(...logs).catch(String)];
    await remove();
    throw new Error([(error as Error).message, ...seen].join('\n'), { cause: error });
  }
};
