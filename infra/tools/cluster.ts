/** kubectl and helm, at the cluster that KUBECONFIG (or kubectl's own default) points to. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const TIMEOUT_MS = 300_000;
/** Of standard output, in an error. */
const SAID_CHARACTERS = 3_000;

/**
 * Resolves with standard output alone: warnings go to the other stream. Rejects with what was said
 * on both.
 */
export const command = async (name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const options = { maxBuffer: OUTPUT_BYTES_MAX, timeout: TIMEOUT_MS, env: { ...process.env, ...env } };
  try {
    return (await execute(name, [...args], options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
    const said = `${stderr.trim() || message}\n${stdout.slice(-SAID_CHARACTERS)}`.trim();
    throw new Error(`${name} ${args.join(' ')}: ${said}`, { cause: error });
  }
};

export interface Pod {
  name: string;
  uid: string;
  node: string;
  isReady: boolean;
  restarts: number;
  /** Of the last end of its container, e.g. OOMKilled, Error, Completed. */
  endedBy?: string;
}

interface PodJson {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  spec: { nodeName?: string };
  status: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number; lastState: { terminated?: { reason: string } } }[];
  };
}

const podOf = ({ metadata, spec, status }: PodJson): Pod => {
  const [container] = status.containerStatuses ?? [];
  const endedBy = container?.lastState.terminated?.reason;
  return {
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName ?? '',
    isReady: (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    restarts: container?.restartCount ?? 0,
    ...(endedBy !== undefined && { endedBy }),
  };
};

export type Component = 'api' | 'worker' | 'local-aws';

export interface Cluster {
  namespace: string;
  /** In the namespace. */
  kubectl(...args: string[]): Promise<string>;
  helm(...args: string[]): Promise<string>;
  get<T>(...args: string[]): Promise<T>;
  /** Those that are not being deleted. */
  pods(component: Component): Promise<Pod[]>;
}

export const makeCluster = (namespace: string): Cluster => {
  const kubectl = (...args: string[]): Promise<string> => command('kubectl', ['-n', namespace, ...args]);
  const get = async <T>(...args: string[]): Promise<T> => JSON.parse(await kubectl('get', ...args, '-o', 'json')) as T;
  return {
    namespace,
    kubectl,
    get,
    helm: (...args) => command('helm', ['-n', namespace, ...args]),
    pods: async (component) => {
      const selector = `app.kubernetes.io/component=${component},app.kubernetes.io/instance=event-system`;
      const { items } = await get<{ items: PodJson[] }>('pods', '-l', selector);
      return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(podOf);
    },
  };
};

interface Node {
  status: { addresses: { type: string; address: string }[] };
}

/** Where pods reach this machine, when the cluster's node is this machine. */
export const nodeAddress = async (): Promise<string> => {
  const { items } = JSON.parse(await command('kubectl', ['get', 'nodes', '-o', 'json'])) as { items: Node[] };
  const found = items[0]?.status.addresses.find(({ type }) => type === 'InternalIP')?.address;
  if (found === undefined) throw new Error('no node of the cluster has an InternalIP; set RECEIVER_HOST');
  return found;
};
