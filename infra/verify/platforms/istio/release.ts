/** The chart as release `event-system` in the namespace where the gateway is. */

import { type Cluster, command } from '../../../tools/cluster.ts';
import { CHART, LOCAL_VALUES, makeKey, nodePortOf, RELEASE, secretsOf, valueArgs } from '../kubernetes/release.ts';
import { claimVolume } from '../kubernetes/restricted.ts';
import type { Certificate } from './certificate.ts';

/** Read by the gateway, as the chart's values have it. */
const TLS_SECRET = 'api-tls-secret';
const WAIT = ['--wait', '--timeout', '240s'];

export interface Release {
  key: string;
  localAws: string;
  webhookSecrets: string[];
  /** With the values of the installation and these. Resolves when everything new is ready. */
  upgrade(values: Record<string, unknown>): Promise<void>;
}

/** All that is ours in the namespace; the gateway stays. */
export const removeRelease = async ({ helm, kubectl }: Cluster): Promise<void> => {
  await helm('uninstall', RELEASE, '--ignore-not-found', '--wait', '--timeout', '120s');
  const left = 'persistentvolumeclaims,secrets,configmaps';
  await kubectl('delete', left, '-l', `app.kubernetes.io/instance=${RELEASE}`, '--ignore-not-found');
  await kubectl('delete', 'secret', TLS_SECRET, '--ignore-not-found');
};

export const createSecret = async ({ kubectl }: Cluster, { certificate, key }: Certificate): Promise<void> =>
  void (await kubectl('create', 'secret', 'tls', TLS_SECRET, '--cert', certificate, '--key', key));

const imageOf = (): Record<string, unknown> => {
  const [repository, tag] = (process.env.IMAGE ?? 'localhost/event-system:dev').split(/:(?=[^/:]+$)/);
  return { repository, tag };
};

/** Whatever it began is ended when it rejects. */
export const install = async (cluster: Cluster, values: Record<string, unknown>): Promise<Release> => {
  const { IMAGE_LOADER, IMAGE_ARCHIVE, NODE_ADDRESS = '127.0.0.1' } = process.env;
  const installed = { image: imageOf(), 'localAws.service': { type: 'NodePort' }, ...values };
  const upgrade = async (changed: Record<string, unknown>): Promise<void> => {
    const args = valueArgs({ ...installed, ...changed });
    await cluster.helm('upgrade', '--install', RELEASE, CHART, '-f', LOCAL_VALUES, ...args, ...WAIT);
  };
  if (IMAGE_LOADER) await command('sh', ['-c', `${IMAGE_LOADER} "$1"`, 'sh', IMAGE_ARCHIVE ?? '']);
  try {
    await claimVolume(cluster, cluster, RELEASE);
    await upgrade({});
    const localAws = `http://${NODE_ADDRESS}:${await nodePortOf(cluster, `${RELEASE}-local-aws`)}`;
    return { key: await makeKey(localAws), localAws, webhookSecrets: await secretsOf(cluster), upgrade };
  } catch (error) {
    const seen = await cluster.kubectl('get', 'pods,events').catch(String);
    await removeRelease(cluster);
    throw new Error(`${(error as Error).message}\n${seen}`, { cause: error });
  }
};
