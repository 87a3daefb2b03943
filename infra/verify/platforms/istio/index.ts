/**
 * The chart behind a real Istio gateway: the one that KUBECONFIG's cluster has in the namespace
 * event-system, labelled `istio: ingress`. By https, with an authority and a certificate of its
 * own. Environment as for the platform `kubernetes`.
 */
import { command, nodeAddress } from '../../../tools/cluster.ts';
import { kubernetes } from '../kubernetes/index.ts';
import type { Platform } from '../platform.ts';
import { makeCertificate } from './certificate.ts';
import { cluster, findGateway, missingGateway } from './gateway.ts';
import { playPhases } from './phases.ts';
import { createSecret, install, removeRelease } from './release.ts';

const HOST = 'event-system.example.com';
const STAND_IN_HOST = 'stand-in.example.com';

const TOOLS: Record<string, string[]> = {
  istioctl: ['version', '--remote=false'],
  openssl: ['version'],
  go: ['version'],
};

const missingTool = async (): Promise<string | undefined> => {
  for (const [tool, args] of Object.entries(TOOLS)) {
    const isThere = await command(tool, args).then(
      () => true,
      () => false,
    );
    if (!isThere) return `${tool} is not on PATH`;
  }
  return undefined;
};

export const istio: Platform = {
  name: 'istio',
  missing: async () => (await kubernetes.missing?.()) ?? (await missingTool()) ?? (await missingGateway()),
  start: async ({ directory, say }) => {
    const gateway = await findGateway();
    if (!gateway) throw new Error('the gateway is gone');
    const receiverHost = process.env.RECEIVER_HOST ?? (await nodeAddress());
    const certificate = await makeCertificate(directory, [HOST, STAND_IN_HOST]);
    await createSecret(cluster, certificate);
    const release = await install(cluster, { 'istio.enabled': true, 'istio.host': HOST, 'api.replicas': 2 });
    const { authority } = certificate;
    const listeners = {
      service: { address: gateway.address, host: HOST, authority },
      standIn: { address: gateway.address, host: STAND_IN_HOST, authority },
    };
    return {
      url: `https://${gateway.address}`,
      host: HOST,
      ca: authority,
      key: release.key,
      localAws: release.localAws,
      realTime: true,
      receiverHost,
      webhookSecrets: release.webhookSecrets,
      check: () => playPhases({ gateway, listeners, release, receiverHost, directory, say }),
      close: () => removeRelease(cluster),
    };
  },
};
