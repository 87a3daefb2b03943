/** The endpoint that `npm run deploy:local` deploys to, and what answers there. */

/** Its message says what is wrong and what to do. */
export class DeployError extends Error {}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4566';
const TIMEOUT_MS = 5_000;

/** `AWS_ENDPOINT_URL` without a trailing slash. Throws DeployError if it is no such URL, or AWS itself. */
export const endpointOf = ({ AWS_ENDPOINT_URL: given }: Record<string, string | undefined>): string => {
  const text = given || DEFAULT_ENDPOINT;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search) {
    throw new DeployError(
      `AWS_ENDPOINT_URL must be an http(s) URL without a path, like ${DEFAULT_ENDPOINT}, not "${text}"`,
    );
  }
  if (/\.amazonaws\.com(\.cn)?$|\.aws$/.test(url.hostname)) {
    throw new DeployError(`${url.origin} is AWS itself. To deploy a stage there: npm run deploy -- --stage <stage>`);
  }
  return url.origin;
};

const START = `Start MiniStack or LocalStack first, e.g.
  docker compose -f localstack/compose.yml --profile ministack up -d --wait
or set AWS_ENDPOINT_URL to the address of one.`;

const EMBEDDED = (endpoint: string): string =>
  `At ${endpoint} is the local AWS of npm start, which has no CloudFormation, Lambda or API Gateway. It creates the table, the queues
and the schedules itself, and the service runs beside it, with the API at the port of npm start (3000). There is nothing to deploy. To try a deployment, start MiniStack on another port and set AWS_ENDPOINT_URL to it.`;

const NEEDED = ['cloudformation', 'lambda', 'apigateway', 'dynamodb', 'sqs', 'scheduler', 's3'];

const ask = async (url: string): Promise<Record<string, unknown> | undefined> => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) return undefined;
  return (await answer.json().catch(() => undefined)) as Record<string, unknown> | undefined;
};

const assertAnswers = async (endpoint: string): Promise<void> => {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { cause, message } = error as Error;
    throw new DeployError(`Nothing answers at ${endpoint} (${(cause as Error)?.message ?? message}).\n${START}`);
  }
};

/** Throws DeployError unless an emulator with all that a deployment needs answers there. */
export const assertDeployable = async (endpoint: string): Promise<void> => {
  await assertAnswers(endpoint);
  if (await ask(`${endpoint}/_local/health`)) throw new DeployError(EMBEDDED(endpoint));
  // MiniStack has it too.
  const health = await ask(`${endpoint}/_localstack/health`);
  if (!health) throw new DeployError(`What answers at ${endpoint} is neither MiniStack nor LocalStack.\n${START}`);
  const services = health.services as Record<string, string>;
  const lacking = NEEDED.filter((name) => !['available', 'running'].includes(services[name] ?? ''));
  if (lacking.length > 0) {
    throw new DeployError(`The emulator at ${endpoint} does not have ${lacking.join(', ')}, which a deployment needs.`);
  }
};
