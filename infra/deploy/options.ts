/** What is asked for, and whether the environment is enough for it: everything is judged before anything is touched. */
import { parseArgs } from 'node:util';
import { parseConfig } from '../../lib/config.ts';
import { loadServerless, type ServerlessDocument } from '../../lib/runtime/serverless/serverless-yaml.ts';
import { clearProblems, defaultReferences, howToMake } from '../serverless/secret-references.ts';
import { type Secrets, withheldFrom } from '../serverless/secrets.ts';
import { deploymentProblems } from '../serverless/stage.ts';
import { isProd, stageProblem } from '../serverless/stage-name.ts';

type Environment = Record<string, string | undefined>;

export class UsageError extends Error {}

export interface Asked {
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

export const optionsOf = async (argv: string[], env: Environment): Promise<Asked> => {
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
    throw new UsageError(`--region must be a region of AWS, not "${region}"`);
  if (values.stage === 'local')
    throw new UsageError('--stage local is for emulators, and may be open: npm run deploy:local');
  // Any stage will do here, while that of the command is not yet known to be valid.
  const { service, functions } = await loadServerless({ stage: 'dev', region, functionsOnly: true });
  const problem = stageProblem(values.stage, service, Object.keys(functions));
  if (problem) throw new UsageError(problem);
  return { stage: values.stage, region, withoutFunctions: values['without-functions'], yes: values.yes };
};

/** `${ssm:...}` is read when it is packaged; `{{resolve:...}}` by CloudFormation, so that the value never comes here. */
const REFERENCE = /^(\$\{(ssm|aws|s3|cf)[(:].+\}|\{\{resolve:(ssm|secretsmanager):.+\}\})$/;
/** In place of what CloudFormation will know. */
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
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: of one function's names
 * and values together.
 */
const ENVIRONMENT_MAX = 4_096;

/** What the largest of the functions gets. Placeholders stand for what is about as long. */
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

/** One line, or two, for everything that is missing or wrong, with its value unless that may be a secret. */
export const problemsOf = async ({ stage, region, withoutFunctions }: Asked, env: Environment): Promise<string[]> => {
  const document = await loadServerless({ stage, region, env });
  const { provider, service, functions } = document;
  const environment: Environment = {};
  for (const [name, value] of Object.entries(provider.environment))
    environment[name] = typeof value === 'object' ? placeholderOf(name) : String(value);
  Object.assign(environment, defaultReferences(service, stage, env));
  const unopened = /(^|\s)[\w-]+:kms:/.test(env.FIELD_KEYS ?? '') && !env.FIELD_KMS_KEY_ARN;
  return [
    // Without functions the container reads them, and says what it lacks.
    ...(withoutFunctions
      ? []
      : [
          ...configProblems(environment),
          ...sizeProblems(environment, document),
          ...clearProblems(service, stage, env).map((problem) => `  ${problem}`),
        ]),
    ...(unopened
      ? ['  FIELD_KMS_KEY_ARN: is required when FIELD_KEYS has a kms: value; roles allow that key alone']
      : []),
    ...deploymentProblems(functions, env).map((problem) => `  ${problem}`),
  ];
};

const missingSecrets = async ({ stage, region, withoutFunctions }: Asked, env: Environment): Promise<string[]> => {
  const { service } = await loadServerless({ stage, region, env, functionsOnly: true });
  const names = Object.keys(defaultReferences(service, stage, env));
  if (withoutFunctions || names.length === 0) return [];
  return [
    `${names.join(' and ')} will be read from Secrets Manager, which must have them. Make them once, before the first deployment:\n  ${howToMake(service, stage, region)}`,
  ];
};

/** Not wrong, but seldom meant; and what cannot be seen from here. */
export const warningsOf = async (asked: Asked, env: Environment): Promise<string[]> => [
  ...(await missingSecrets(asked, env)),
  ...(isProd(asked.stage) && !asked.withoutFunctions && !env.LAMBDA_CONCURRENCY && env.LAMBDA_RESERVED !== 'off'
    ? [
        'Nothing keeps requests from taking all concurrent executions of the account. Say how many it has (aws lambda get-account-settings) by LAMBDA_CONCURRENCY, and the workers reserve their share.',
      ]
    : []),
  ...(!env.EMAIL_FROM && env.EMAIL_TRANSPORT !== 'smtp'
    ? ['EMAIL_FROM is not set: SES refuses what comes from notifications@example.com, so e-mail will fail.']
    : []),
  ...(!env.ALARM_EMAIL && !env.ALARM_TOPIC_ARN
    ? ['Neither ALARM_EMAIL nor ALARM_TOPIC_ARN is set: the alarms tell nobody.']
    : []),
];
