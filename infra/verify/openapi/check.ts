/**
 * `npm run check:openapi`: two linters hold the document of a running stack to the rule sets in this folder,
 * and clients that are generated from it, in TypeScript and in Python, do the main job with a key.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Stack, startStack } from '../../../localstack/testing/stack.ts';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { runKeys } from '../../keys/cli.ts';
import { CLIENTS, installNodeTools, installPythonTools, python, run, runTool } from './tools.ts';

const GENERATED = join(CLIENTS, 'generated');
const DOCUMENT = join(GENERATED, 'openapi.json');

/** Made as an operator makes it: on the command line. */
const makeKey = async (stack: Stack): Promise<string> => {
  const said: string[] = [];
  const output = { out: (line: string) => void said.push(line), err: (line: string) => void said.push(line) };
  const code = await runKeys(['create', '--scopes', 'admin'], { LOCAL_AWS_PORT: new URL(stack.awsUrl).port }, output);
  const key = said.at(-1);
  if (code !== 0 || key === undefined) throw new Error(`No key could be made:\n${said.join('\n')}`);
  return key;
};

const saveDocument = async (stack: Stack): Promise<void> => {
  const answer = await fetch(`${stack.apiUrl}/openapi.json`);
  rmSync(GENERATED, { recursive: true, force: true });
  mkdirSync(GENERATED);
  writeFileSync(DOCUMENT, await answer.text());
};

const checks: Record<string, (env: { API_URL: string; API_KEY: string }) => Promise<void>> = {
  'Redocly finds nothing': () =>
    runTool('redocly', ['lint', DOCUMENT, '--config', join(import.meta.dirname, 'redocly.yaml')]),

  'Spectral finds nothing': () =>
    runTool('spectral', ['lint', DOCUMENT, '-r', join(import.meta.dirname, 'spectral.yaml'), '-F', 'hint']),

  'a TypeScript client (openapi-typescript, openapi-fetch) does the main job': async (env) => {
    await runTool('openapi-typescript', [DOCUMENT, '--output', join(GENERATED, 'schema.d.ts')]);
    await runTool('tsc', ['--project', CLIENTS]);
    await run(process.execPath, [join(CLIENTS, 'main-job.ts')], env);
  },

  'a Python client (openapi-python-client) does the main job': async (env) => {
    const into = join(GENERATED, 'generated_client');
    const options = ['--path', DOCUMENT, '--output-path', into, '--meta', 'none', '--config', 'python-client.yaml'];
    await run(python('openapi-python-client'), ['generate', ...options, '--fail-on-warning']);
    await run(python('python'), [join(CLIENTS, 'main_job.py')], { ...env, PYTHONPATH: GENERATED });
  },
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const runChecks = async (stack: Stack): Promise<number> => {
  await saveDocument(stack);
  const env = { API_URL: stack.apiUrl, API_KEY: await makeKey(stack) };
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check(env);
      say(`ok      ${name}`);
    } catch (error) {
      failed += 1;
      say(`FAILED  ${name}\n${(error as Error).message}`);
    }
  }
  return failed;
};

await Promise.all([installNodeTools(), installPythonTools()]);
const directory = temporaryDirectory();
try {
  const stack = await startStack({ dataDir: directory.path, env: { AUTH_MODE: 'api-key' } });
  const failed = await runChecks(stack).finally(stack.stop);
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  directory.remove();
}
