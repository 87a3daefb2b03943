/**
 * The options of a deployment, and the problems of its environment: both are checked before
 * anything is changed.
 */
import { parseArgs } from 'node:util';
import { parseConfig } from '../../lib/config.ts';
import { isProd } from '../../lib/platform/stage.ts';
import { loadServerless, type ServerlessDocument } from '../../lib/runtime/serverless/serverless-yaml.ts';
import { creationCommand, defaultReferences, plainSecretProblems } from '../serverless/secret-references.ts';
import { type Secrets, withheldFrom } from '../serverless/secrets.ts';
import { deploymentProblems } from '../serverless/stage.ts';
import { stageProblem } from '../serverless/stage-name.ts';

type Environment = Record<string, string | undefined>;

export class UsageError extends Error {}

export interface Options {
  stage: string;
  region: string;
  withoutFunctions: boolean;
  yes: boolean;
}

const OPTIONS = {
  stage: { type: 'string' },
  region: { type: 'string' },
  'without-functions': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
} as const;

export const optionsOf = async (argv: string[], env: Environment): Promise<Options> => {
  const { values } = (() => {
    try {
      return parseArgs({ args: argv, options: OPTIONS });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  })();
  if (!values.stage) throw new UsageError('--stage is required, as in: npm run deploy -- --stage dev');
  const region = values.region ?? (env.AWS_REGION || 'us-east-1');
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    throw new UsageError(`--region must be an AWS region like us-east-1, not "${region}"`);
  if (values.stage === 'local')
    throw new UsageError('--stage local is for emulators, and may need no credentials: npm run deploy:local');
  // Any stage will do here, while that of the command is not yet known to be valid.
  const { service, functions } = await loadServerless({ stage: 'dev', region, functionsOnly: true });
  const problem = stageProblem(values.stage, service, Object.keys(functions));
  if (problem) throw new UsageError(problem);
  return { stage: values.stage, region, withoutFunctions: values['without-functions'], yes: values.yes };
};

/**
 * The framework resolves `${ssm:...}` when it packages; CloudFormation resolves `{{resolve:...}}`,
 * so the value is never here.
 */
const REFERENCE = /^(\$\{(ssm|aws|s3|cf)[(:].+\}|\{\{resolve:(ssm|secretsmanager):.+\}\})$/;
/** Stands for a value that only CloudFormation knows. */
const placeholderOf = (name: string): string =>
  name.endsWith('_ARN') ? `arn:aws:to:be:made:${'x'.repeat(80)}` : `https://to.be.made/${'x'.repeat(80)}`;

const configProblems = (environment: Environment): string[] => {
  const references = Object.keys(environment).filter((name) => REFERENCE.test(environment[name] ?? ''));
  try {
    parseConfig(environment, { needs: ['CURSOR_SECRET', 'WEBHOOK_SECRETS', 'SMTP_URL'] });
  } catch (error) {
    const lines = (error as Error).message.split('\n').slice(1);
    return lines.filter((line) => !references.some((name) => line.startsWith(`  ${name}:`)));
  }
  return [];
};

/**
 * Bytes of one function's names and values:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const ENVIRONMENT_MAX = 4_096;

/**
 * A problem if the largest environment is too large. Placeholders are about as long as what they
 * stand for.
 */
const sizeProblems = (environment: Environment, { functions, custom }: ServerlessDocument): string[] => {
  const sizes = Object.entries(functions).map(([name, { needs }]) => {
    const withheld = withheldFrom(needs as string[] | undefined, custom.secrets as Secrets);
    const given = Object.entries(environment).filter(([variable]) => !withheld.includes(variable));
    return { name, bytes: given.reduce((sum, [variable, value = '']) => sum + Buffer.byteLength(variable + value), 0) };
  });
  return sizes
    .filter(({ bytes }) => bytes > ENVIRONMENT_MAX)
    .map(
      ({ name, bytes }) =>
        `  the environment of ${name} takes ${bytes} bytes of the ${ENVIRONMENT_MAX} that Lambda allows`,
    )
    .slice(0, 1);
};

/** One or two lines for each value that is missing or wrong. They contain no value that may be a secret. */
export const problemsOf = async ({ stage, region, withoutFunctions }: Options, env: Environment): Promise<string[]> => {
  const document = await loadServerless({ stage, region, env });
  const { provider, service, functions } = document;
  const environment: Environment = {};
  for (const [name, value] of Object.entries(provider.environment))
    environment[name] = typeof value === 'object' ? placeholderOf(name) : String(value);
  Object.assign(environment, defaultReferences(service, stage, env));
  const lacksFieldKey = /(^|\s)[\w-]+:kms:/.test(env.FIELD_KEYS ?? '') && !env.FIELD_KMS_KEY_ARN;
  return [
    // Without functions the container checks them when it starts.
    ...(withoutFunctions
      ? []
      : [
          ...configProblems(environment),
          ...sizeProblems(environment, document),
          ...plainSecretProblems(service, stage, env).map((problem) => `  ${problem}`),
        ]),
    ...(lacksFieldKey
      ? ['  FIELD_KMS_KEY_ARN: is required when FIELD_KEYS has a kms: value; roles allow that key alone']
      : []),
    ...deploymentProblems(functions, env).map((problem) => `  ${problem}`),
  ];
};

const missingSecrets = async ({ stage, region, withoutFunctions }: Options, env: Environment): Promise<string[]> => {
  const { service } = await loadServerless({ stage, region, env, functionsOnly: true });
  const names = Object.keys(defaultReferences(service, stage, env));
  if (withoutFunctions || names.length === 0) return [];
  return [
    `${names.join(' and ')} will be read from Secrets Manager. Create them once, before the first deployment:\n  ${creationCommand(service, stage, region)}`,
  ];
};

/** What is rarely intended, and what cannot be checked from here. */
export const warningsOf = async (options: Options, env: Environment): Promise<string[]> => [
  ...(await missingSecrets(options, env)),
  ...(isProd(options.stage) && !options.withoutFunctions && !env.LAMBDA_CONCURRENCY && env.LAMBDA_RESERVED !== 'off'
    ? [
        'Requests may take all concurrent executions of the account. Set LAMBDA_CONCURRENCY to its limit (aws lambda get-account-settings), and the workers reserve their share.',
      ]
    : []),
  ...(!env.EMAIL_FROM && env.EMAIL_TRANSPORT !== 'smtp'
    ? ['EMAIL_FROM is not set: SES refuses e-mails from notifications@example.com, so e-mail will fail.']
    : []),
  ...(!env.ALARM_EMAIL && !env.ALARM_TOPIC_ARN
    ? ['Neither ALARM_EMAIL nor ALARM_TOPIC_ARN is set: alarms notify no one.']
    : []),
];
