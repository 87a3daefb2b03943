/**
 * `npm run provision`: creates the resources of the stage local at the endpoints in the environment
 * (`AWS_ENDPOINT_URL`, ...), and prints the environment of the service for `node --env-file`.
 */
import { mkdirSync } from 'node:fs';
import { provision } from '../provision/index.ts';
import { childEnvironment, readSettings } from '../supervisor/settings.ts';

/** On AWS CloudFormation does this. */
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
  /** Emulators accept any credentials; those of the shell are not printed. */
  const credentials = hasKeys ? {} : { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
  const { environment } = await provision({ stage: 'local', region: AWS_REGION });
  // The API may be without authentication, so it listens on loopback.
  const all = { ...environment, HOST: '127.0.0.1', AWS_REGION, ...credentials, ...endpoints };
  for (const [name, value] of Object.entries(all)) {
    if (value) process.stdout.write(`${name}=${JSON.stringify(value)}\n`);
  }
} catch (error) {
  const { name, message, cause } = error as Error;
  process.stderr.write(`Provisioning failed: ${[name, message, cause].filter(Boolean).join(': ')}\n`);
  process.exit(1);
}
