/**
 * `npm run provision`: makes what serverless.yml declares for the stage local (table, queues, schedules) at whatever the SDK's
 * endpoint variables name (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_DYNAMODB`, ...), and prints the environment that the service
 * needs, for `node --env-file`. What is secret is made once and kept in `DATA_DIR` (.localstack). Doing it again changes nothing.
 */
import { mkdirSync } from 'node:fs';
import { provision } from '../provision/index.ts';
import { childEnvironment, readSettings } from '../supervisor/settings.ts';

/** AWS itself is left to CloudFormation. */
if (!Object.keys(process.env).some((name) => name.startsWith('AWS_ENDPOINT_URL'))) {
  process.stderr.write('AWS_ENDPOINT_URL must name an emulator, like http://127.0.0.1:4566\n');
  process.exit(2);
}

const endpoints = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL')),
);
const hasKeys = Boolean(process.env.AWS_ACCESS_KEY_ID);

try {
  const settings = readSettings(process.env);
  mkdirSync(settings.dataDir, { recursive: true });
  const { AWS_ENDPOINT_URL: _, ...made } = childEnvironment(process.env, settings);
  Object.assign(process.env, made, endpoints);
  const { AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
  /** Emulators take any credentials; those of the shell are not printed. */
  const credentials = hasKeys ? {} : { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
  const { environment } = await provision({ stage: 'local', region: AWS_REGION });
  // The door may be open, so the network is not asked in.
  const all = { ...environment, HOST: '127.0.0.1', AWS_REGION, ...credentials, ...endpoints };
  for (const [name, value] of Object.entries(all)) {
    if (value) process.stdout.write(`${name}=${JSON.stringify(value)}\n`);
  }
} catch (error) {
  const { name, message, cause } = error as Error;
  process.stderr.write(`It could not be provisioned: ${[name, message, cause].filter(Boolean).join(': ')}\n`);
  process.exit(1);
}
