/** What the platforms that are emulators have in common. */
import { run } from '../../tools/run-program.ts';
import type { Limit } from './verdict.ts';

/** Emulators take any credentials; the SDK wants some. */
export const EMULATED = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'us-east-1' };

const OURS = /^(AWS_|(DATA_DIR|AUTH_MODE|PORT|METRICS_PORT|ROLE|STAGE|EMAIL_\w+|SMTP_URL|\w+_SECRETS?)$)/;

/** A shell that is set up for AWS, or for another stack, must not reach in. */
export const cleanEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name))),
  ...EMULATED,
});

/** MiniStack's API Gateway and serverless-offline alike. */
export const TYPE_OF_NOTHING: Limit = {
  check: 'endpoints: changed by merge under If-Match, and gone once it is deleted',
  reason:
    'its gateway gives an answer that has no body (204) the content type of JSON, which our document does not know',
};

/** A token with the scope admin, made by `npm run keys` in the stage local's table. */
export const makeKey = async (env: NodeJS.ProcessEnv): Promise<string> => {
  const table = { TABLE_NAME: 'event-notification-service-local' };
  const args = ['run', '--silent', 'keys', '--', 'create', '--scopes', 'admin'];
  const printed = await run('npm', args, { env: { ...env, ...table } });
  const [token] = /^ens_\S+$/m.exec(printed) ?? [];
  if (!token) throw new Error(`keys create printed no token:\n${printed}`);
  return token;
};
