/**
 * `npm run provision`: makes what serverless.yml declares for the stage local (table, queues, schedules) at whatever the SDK's
 * endpoint variables name (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_DYNAMODB`, ...), and prints the environment that the service
 * needs, for `node --env-file`. Doing it again changes nothing.
 */
import { provision } from '../provision.ts';

const region = process.env.AWS_REGION ?? 'us-east-1';
/** Emulators take any credentials; the SDK wants some. Those of the shell are not printed. */
const credentials = process.env.AWS_ACCESS_KEY_ID
  ? {}
  : { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: region };
Object.assign(process.env, credentials);

/** AWS itself is left to CloudFormation. */
if (!Object.keys(process.env).some((name) => name.startsWith('AWS_ENDPOINT_URL'))) {
  process.stderr.write('AWS_ENDPOINT_URL must name an emulator, like http://127.0.0.1:4566\n');
  process.exit(2);
}

try {
  const { environment } = await provision({ stage: 'local', region });
  const places = Object.entries(process.env).filter(([name]) => /^AWS_(ENDPOINT_URL|REGION)/.test(name));
  for (const [name, value] of Object.entries({ ...environment, ...credentials, ...Object.fromEntries(places) })) {
    if (value) process.stdout.write(`${name}=${JSON.stringify(value)}\n`);
  }
} catch (error) {
  const { name, message, cause } = error as Error;
  process.stderr.write(`It could not be provisioned: ${[name, message, cause].filter(Boolean).join(': ')}\n`);
  process.exit(1);
}
