/** The chart, as helm renders or refuses it. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { command } from '../tools/cluster.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export const CHART = path('event-system');
/** What rendering without a cluster takes for granted. */
export const KUBE_VERSION = '1.34.2';
export const RELEASE = 'event-system';
export const NAMESPACE = 'event-system';

export type Values = Record<string, unknown>;

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

export interface Scenario {
  name: string;
  /** Values files, the last wins. */
  files: string[];
}

const BENEATH: Record<string, string> = {
  aws: path('scenarios/aws.yaml'),
  production: join(CHART, 'values-production.yaml'),
  local: join(CHART, 'values-local.yaml'),
};

/**
 * Of what a scenario is a variant: `aws-keda` of `aws`; whatever names neither AWS nor production
 * runs without them.
 */
const beneath = (name: string): string => BENEATH[name.split('-')[0] ?? ''] ?? (BENEATH.local as string);

/** The examples that the chart has, and `scenarios/*.yaml` on top of them. */
export const scenarios: Scenario[] = [
  { name: 'production', files: [beneath('production')] },
  { name: 'local', files: [beneath('local')] },
  ...readdirSync(path('scenarios'))
    .map((file) => file.replace(/\.yaml$/, ''))
    .sort()
    .map((name) => ({ name, files: [...new Set([beneath(name), path(`scenarios/${name}.yaml`)])] })),
];

/** A cluster alone is enough to start it. */
export const runsAnywhere = ({ files }: Scenario): boolean => files[0] === BENEATH.local;

export const scenarioOf = (name: string): Scenario => {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`there is no scenario ${name}`);
  return found;
};

export const fileArgs = ({ files }: Scenario): string[] => files.flatMap((file) => ['-f', file]);

const withValues = async <T>(values: Values, use: (file: string) => Promise<T>): Promise<T> => {
  const directory = mkdtempSync(join(tmpdir(), 'chart-values-'));
  const file = join(directory, 'values.json');
  writeFileSync(file, JSON.stringify(values));
  try {
    return await use(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
};

const template = (args: string[], namespace: string, release: string): Promise<string> =>
  command('helm', ['template', release, CHART, '-n', namespace, '--kube-version', KUBE_VERSION, ...args]);

export const renderText = (
  scenario: Scenario,
  values: Values = {},
  namespace = NAMESPACE,
  release = RELEASE,
): Promise<string> => withValues(values, (file) => template([...fileArgs(scenario), '-f', file], namespace, release));

/** A scenario by its name, with these values on top. Rejects with what helm says. */
export const render = async (
  name: string,
  values: Values = {},
  namespace = NAMESPACE,
  release = RELEASE,
): Promise<Manifest[]> =>
  (loadAll(await renderText(scenarioOf(name), values, namespace, release)) as (Manifest | null)[]).filter(
    (one) => one !== null,
  );

/** What helm says of values that it does not take. Rejects when it takes them. */
export const refusal = async (name: string, values: Values): Promise<string> => {
  const said = await render(name, values).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (said === undefined) throw new Error(`helm took ${JSON.stringify(values)}`);
  return said.replace(/^helm .*?: Error: /s, '');
};

const ASK: Record<string, string[]> = { kubeconform: ['-v'], kubectl: ['version', '--client'] };

const isHere = (name: string): Promise<boolean> =>
  command(name, ASK[name] ?? ['version']).then(
    () => true,
    () => false,
  );

/** Which of these programs is not on PATH, in a sentence; undefined when all are. */
export const missing = async (...names: string[]): Promise<string | undefined> => {
  const found = await Promise.all(names.map(isHere));
  const absent = names.filter((_name, index) => !found[index]);
  return absent.length === 0 ? undefined : `${absent.join(' and ')} must be on PATH to check the chart`;
};
