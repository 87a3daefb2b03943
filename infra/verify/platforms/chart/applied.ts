/**
 * `helm template | kubectl apply -n`, where the template does not know the namespace: everything goes
 * where kubectl says.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHART, fileArgs, KUBE_VERSION, RELEASE, scenarioOf } from '../../../helm/helm.ts';
import { command } from '../../../tools/cluster.ts';
import type { Space } from './space.ts';

const SETTINGS = [
  'secrets.existingSecret=kept-elsewhere,dashboards.enabled=true,api.autoscaling.enabled=true',
  'istio.enabled=true,istio.host=apply.example.com,istio.gateway.selector.istio=none,istio.rateLimit.enabled=true',
];

/** In a sentence each, what is wrong. */
export const checkApplied = async ({ kubectl, namespace }: Space): Promise<string[]> => {
  const options = ['--kube-version', KUBE_VERSION, '--skip-tests', ...SETTINGS.flatMap((one) => ['--set', one])];
  const rendered = await command('helm', ['template', RELEASE, CHART, ...fileArgs(scenarioOf('local')), ...options]);
  const directory = mkdtempSync(join(tmpdir(), 'chart-applied-'));
  const file = join(directory, 'all.yaml');
  writeFileSync(file, rendered);
  try {
    await kubectl('apply', '--dry-run=server', '--validate=strict', '-f', file);
    return [];
  } catch (error) {
    return [`helm template | kubectl apply -n ${namespace}: ${(error as Error).message}`];
  } finally {
    rmSync(directory, { recursive: true });
  }
};
