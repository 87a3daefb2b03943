/**
 * `npm run offline`: the routes under serverless-offline, with the local AWS of a running stack,
 * whose workers deliver what they create.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { provision } from '../provision/index.ts';
import { childEnvironment, readSettings } from '../supervisor/settings.ts';

const OFFLINE_PORT = '3001';
const region = process.env.AWS_REGION ?? 'us-east-1';
const fail = (message: string): never => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};

const environmentHere = (): NodeJS.ProcessEnv => {
  try {
    return childEnvironment(process.env, readSettings(process.env));
  } catch (error) {
    return fail((error as Error).message);
  }
};
const base = environmentHere();
const endpoint = base.AWS_ENDPOINT_URL ?? '';
Object.assign(process.env, base);

const { environment } = await provision({ endpoint, stage: 'local', region }).catch((cause: unknown) =>
  fail(`The local AWS at ${endpoint} does not answer (${String(cause)}). Run npm start first.`),
);

const port = process.env.OFFLINE_PORT ?? OFFLINE_PORT;
const cli = fileURLToPath(new URL('../../node_modules/.bin/serverless', import.meta.url));
// --noTimeout: at its time limit it answers 200 with an error message as the body, where AWS
// answers 503.
const args = [
  'offline',
  '--stage',
  'local',
  '--localEnvironment',
  '--noTimeout',
  '--httpPort',
  port,
  '--lambdaPort',
  '0',
];
/** An empty variable would replace the default in serverless.yml. */
const provisioned = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
const child = spawn(cli, args, { stdio: 'inherit', env: { ...base, ...provisioned, SLS_TELEMETRY_DISABLED: '1' } });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
