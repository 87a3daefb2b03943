/**
 * `npm run check:chart [-- --cluster]`: lint, scenarios, refusals, schemas; with `--cluster` each scenario on
 * that of KUBECONFIG. Exit code 0: all is well; 1: something is wrong; 2: something is missing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CHART, fileArgs, KUBE_VERSION, missing, renderText, scenarios } from '../../../helm/helm.ts';
import { LOCATION, writeSchemas } from '../../../helm/schemas.ts';
import { command } from '../../../tools/cluster.ts';
import { run } from '../../../tools/run-program.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const CACHE = path('../../../../node_modules/.cache/chart');

const lint = async (): Promise<string> => {
  for (const scenario of scenarios) {
    await command('helm', ['lint', '--strict', '--kube-version', KUBE_VERSION, CHART, ...fileArgs(scenario)]);
  }
  return `${scenarios.length} scenarios`;
};

const tests = async (): Promise<string> => {
  const vitest = path('../../../../node_modules/vitest/vitest.mjs');
  const args = [
    vitest,
    'run',
    '--config',
    path('../../../helm/vitest.config.ts'),
    '--root',
    path('../../../..'),
    '--reporter=dot',
  ];
  const printed = await run(process.execPath, args, { env: { ...process.env, NO_COLOR: '1' } });
  return /Tests +(.*)/.exec(printed)?.[1] ?? printed;
};

const conform = async (): Promise<string> => {
  const schemas = join(CACHE, 'schemas');
  const rendered = join(CACHE, 'rendered');
  mkdirSync(rendered, { recursive: true });
  await writeSchemas(schemas);
  const files = await Promise.all(
    scenarios.map(async (scenario) => {
      const file = join(rendered, `${scenario.name}.yaml`);
      writeFileSync(file, await renderText(scenario));
      return file;
    }),
  );
  const args = ['-strict', '-summary', '-schema-location', join(schemas, LOCATION), ...files];
  return (await run('kubeconform', args)).trim();
};

const cluster = async (): Promise<string> => {
  const { checkOnCluster } = await import('./index.ts');
  return checkOnCluster((text) => process.stdout.write(`  ${text}\n`));
};

const { values } = parseArgs({ options: { cluster: { type: 'boolean', default: false } } });
const lacking = await missing('helm', 'kubeconform', 'go', ...(values.cluster ? ['kubectl'] : []));
if (lacking !== undefined) {
  process.stderr.write(`${lacking}\n`);
  process.exit(2);
}
const steps = { lint, tests, kubeconform: conform, ...(values.cluster && { cluster }) };
for (const [name, step] of Object.entries(steps)) {
  try {
    process.stdout.write(`ok     ${name}: ${await step()}\n`);
  } catch (error) {
    process.stdout.write(`WRONG  ${name}: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
