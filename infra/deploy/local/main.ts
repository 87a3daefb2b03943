/**
 * `npm run deploy:local`: `serverless deploy --stage local` into MiniStack or LocalStack at
 * `AWS_ENDPOINT_URL` (default http://127.0.0.1:4566). Secrets are made once and kept in `DATA_DIR`
 * (.localstack), shared with `npm start`; those in the environment win. A further deployment
 * changes only what has changed in the code.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AlreadyExistsException, CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { childEnvironment, readSettings } from '../../../localstack/supervisor/settings.ts';
import { run } from '../../tools/run-program.ts';
import { assertDeployable, DeployError, endpointOf } from './endpoint.ts';

const STAGE = 'local';
const SENDER = 'notifications@example.com';
const root = fileURLToPath(new URL('../../..', import.meta.url));
const cli = fileURLToPath(new URL('../../../node_modules/.bin/serverless', import.meta.url));

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** The framework prints AWS's URL, of which only the id is right here, and none if nothing has changed. */
const apiIdOf = (printed: string): string | undefined => /https?:\/\/([a-z0-9]+)\.execute-api\./.exec(printed)?.[1];

/** Resolves with the id of the API, and whether anything was deployed. */
const runServerless = async (env: NodeJS.ProcessEnv): Promise<{ id: string; isChanged: boolean }> => {
  const serverless = (command: string): Promise<string> => run(cli, [command, '--stage', STAGE], { env, cwd: root });
  const deployed = apiIdOf(await serverless('deploy'));
  const id = deployed ?? apiIdOf(await serverless('info'));
  if (id === undefined) throw new DeployError(`The stage ${STAGE} is deployed, but has no API`);
  return { id, isChanged: deployed !== undefined };
};

/** As on AWS, only a verified address may send; an emulator verifies it at once. */
const verifySender = async (endpoint: string, address: string): Promise<void> => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SESv2Client({
    endpoint,
    credentials,
    region: process.env.AWS_REGION || 'us-east-1',
    maxAttempts: 1,
  });
  try {
    await client.send(new CreateEmailIdentityCommand({ EmailIdentity: address }));
  } catch (error) {
    if (error instanceof AlreadyExistsException) return;
    say(`  e-mail   will not be sent: ${address} cannot be verified as a sender (${(error as Error).message})`);
  } finally {
    client.destroy();
  }
};

const deploy = async (): Promise<void> => {
  const endpoint = endpointOf(process.env);
  await assertDeployable(endpoint);
  const settings = readSettings(process.env);
  mkdirSync(settings.dataDir, { recursive: true });
  const env: NodeJS.ProcessEnv & { EMAIL_FROM: string } = {
    ...childEnvironment(process.env, settings),
    AWS_ENDPOINT_URL: endpoint,
    EMAIL_FROM: process.env.EMAIL_FROM || SENDER,
    SLS_TELEMETRY_DISABLED: '1',
  };
  await verifySender(endpoint, env.EMAIL_FROM);
  say(`Deploying the stage ${STAGE} to ${endpoint} ...`);
  const startedAt = performance.now();
  const { id, isChanged } = await runServerless(env);
  const url = `${endpoint}/_aws/execute-api/${id}`;
  const { port } = new URL(endpoint);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  say(`${isChanged ? 'Deployed' : 'Nothing has changed: checked'} in ${seconds} s.

  API      ${url}
           curl ${url}/health/ready
  by name  curl -H 'Host: ${id}.execute-api.localhost:${port}' ${endpoint}/health/ready
  auth     AUTH_MODE=${env.AUTH_MODE}${env.AUTH_MODE === 'none' ? ': anyone who reaches the emulator may call the API' : ''}
  secrets  ${settings.dataDir}/secrets.json, to verify webhooks
  check    npm run smoke -- --url ${url}`);
};

await deploy().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
