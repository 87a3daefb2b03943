/**
 * The kinds of Istio, the Prometheus operator, KEDA and the Gateway API, for clusters that do not
 * have them.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { crdFiles } from '../../../helm/modules.ts';
import { command } from '../../../tools/cluster.ts';

interface Crd {
  metadata: { name: string };
}

const present = async (): Promise<Set<string>> => {
  const printed = await command('kubectl', ['get', 'crds', '-o', 'json']);
  return new Set((JSON.parse(printed) as { items: Crd[] }).items.map(({ metadata }) => metadata.name));
};

/**
 * Applies those that the cluster lacks: another version that is there already belongs to another
 * user. Resolves with how many.
 */
export const applyCrds = async (): Promise<number> => {
  const [files, there] = await Promise.all([crdFiles(), present()]);
  const crds = files.flatMap((file) => loadAll(readFileSync(file, 'utf8')) as (Crd | null)[]);
  const lacking = crds.filter((crd): crd is Crd => crd !== null && !there.has(crd.metadata.name));
  if (lacking.length === 0) return 0;
  const directory = mkdtempSync(join(tmpdir(), 'chart-crds-'));
  const file = join(directory, 'crds.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: lacking }));
  try {
    await command('kubectl', ['apply', '--server-side', '-f', file]);
    const names = lacking.map(({ metadata }) => `crd/${metadata.name}`);
    await command('kubectl', ['wait', '--for=condition=Established', '--timeout=60s', ...names]);
  } finally {
    rmSync(directory, { recursive: true });
  }
  return lacking.length;
};
