/** What others declare of their kinds, from the Go modules that they publish, pinned. */
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { command } from '../tools/cluster.ts';
import { KUBE_VERSION } from './helm.ts';

export interface Crd {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Record<string, unknown> } }[];
  };
}

const CRDS = [
  { module: 'istio.io/api@v1.27.3', folder: 'kubernetes', file: /^customresourcedefinitions\.gen\.yaml$/ },
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    folder: 'example/prometheus-operator-crd',
    file: /_(servicemonitors|prometheusrules)\.yaml$/,
  },
  { module: 'sigs.k8s.io/gateway-api@v1.3.0', folder: 'config/crd/standard', file: /\.yaml$/ },
  {
    module: 'github.com/kedacore/keda/v2@v2.17.2',
    folder: 'config/crd/bases',
    file: /_(scaledobjects|triggerauthentications)\.yaml$/,
  },
];

/** The folder it is unpacked in; downloaded the first time. */
const directoryOf = async (module: string): Promise<string> => {
  // Outside of any module, so that none is changed.
  const printed = await command('go', ['mod', 'download', '-C', tmpdir(), '-json', module], { GOFLAGS: '-mod=mod' });
  return (JSON.parse(printed) as { Dir: string }).Dir;
};

export const crdFiles = async (): Promise<string[]> => {
  const found = await Promise.all(
    CRDS.map(async ({ module, folder, file }) => {
      const directory = join(await directoryOf(module), folder);
      return readdirSync(directory)
        .filter((name) => file.test(name))
        .map((name) => join(directory, name));
    }),
  );
  return found.flat();
};

export const readCrds = async (): Promise<Crd[]> =>
  (await crdFiles())
    .flatMap((file) => loadAll(readFileSync(file, 'utf8')) as (Crd | null)[])
    .filter((one) => one !== null);

/** Kubernetes' own description of its API: OpenAPI 2. */
export const kubernetesDefinitions = async (): Promise<Record<string, Record<string, unknown>>> => {
  const directory = await directoryOf(`k8s.io/kubernetes@v${KUBE_VERSION}`);
  const { definitions } = JSON.parse(readFileSync(join(directory, 'api/openapi-spec/swagger.json'), 'utf8')) as {
    definitions: Record<string, Record<string, unknown>>;
  };
  return definitions;
};
