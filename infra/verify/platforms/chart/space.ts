/** A namespace of its own for one scenario of the chart. */
import { randomBytes } from 'node:crypto';
import { CHART, fileArgs, RELEASE, type Scenario } from '../../../helm/helm.ts';
import { type Cluster, makeCluster } from '../../../tools/cluster.ts';
import { claimVolume } from '../kubernetes/restricted.ts';

/** A Secret that the scenarios named *-existing-secret find there. */
const KEPT = { name: 'kept-elsewhere', CURSOR_SECRET: 'a secret of the cluster', SMTP_URL: 'smtp://mail.example.com' };
const WAIT = ['--wait', '--timeout', '180s'];

export interface Space extends Cluster {
  /** The volume of the local AWS, before it is installed. */
  claim(): Promise<void>;
  /** `helm upgrade --install --wait`; resolves with what it printed. */
  install(scenario: Scenario, ...args: string[]): Promise<string>;
  test(): Promise<string>;
  uninstall(): Promise<void>;
  /** Begins to delete it. */
  leave(): Promise<void>;
}

const imageArgs = (): string[] => {
  const [repository = '', tag = ''] = (process.env.IMAGE ?? 'localhost/event-system:dev').split(/:(?=[^/:]+$)/);
  return ['--set', `image.repository=${repository},image.tag=${tag}`];
};

const keep = async ({ kubectl }: Cluster): Promise<void> => {
  const { name, ...values } = KEPT;
  const secrets = { ...values, WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString('base64')}` };
  const literals = Object.entries(secrets).map(([key, value]) => `--from-literal=${key}=${value}`);
  await kubectl('create', 'secret', 'generic', name, ...literals);
};

export const makeSpace = async (name: string): Promise<Space> => {
  const cluster = makeCluster(`chart-${name}-${randomBytes(3).toString('hex')}`);
  const { helm, kubectl, namespace } = cluster;
  await kubectl('create', 'namespace', namespace);
  await keep(cluster);
  return {
    ...cluster,
    claim: () => claimVolume(cluster, cluster, RELEASE),
    install: (scenario, ...args) =>
      helm('upgrade', '--install', RELEASE, CHART, ...fileArgs(scenario), ...imageArgs(), ...args, ...WAIT),
    test: () => helm('test', RELEASE, '--logs', '--timeout', '180s'),
    uninstall: async () => void (await helm('uninstall', RELEASE, ...WAIT)),
    leave: async () => void (await kubectl('delete', 'namespace', namespace, '--wait=false')),
  };
};
