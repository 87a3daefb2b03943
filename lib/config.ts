import * as z from 'zod';
import { authFields, authProblems } from './auth/config.ts';
import { fieldKeys } from './aws/field-encryption/field-keys.ts';
import { type ChannelSettings, settings as channelSettings } from './channels/index.ts';
import { isProd } from './platform/stage.ts';
import { startError } from './platform/start-error.ts';
import { arn, baseUrl, flag, matching, secret, secretOf, such, url, whole } from './platform/variables.ts';
import { recipientPatterns, redirects } from './schema/recipient-rules.ts';
import { ATTEMPTS_MAX, RETRY_DELAY_MAX_SECONDS } from './schema/retry-schedule.ts';

const seconds = matching(/^\d+(,\d+)*$/, 'whole seconds separated by commas')
  .transform((text) => text.split(',').map(Number))
  .pipe(z.array(z.number().max(RETRY_DELAY_MAX_SECONDS)).max(ATTEMPTS_MAX));

const LEVELS = 'one of TRACE, DEBUG, INFO, WARN, ERROR, CRITICAL, SILENT';

/** Never under the 7 days for which a repetition is recognised. */
const retentionDays = () => whole(7, 3_650);

const isCountry = (text: string): boolean =>
  /^[A-Z]{2}$/.test(text) && new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' }).of(text) !== undefined;

/**
 * hold (1 s) + lease (this + 10 s of margins, policy.ts) <= the delivery function's 30 s
 * (serverless.yml).
 */
const CHANNEL_TIMEOUT_MAX_MS = 19_000;

/** Standard Webhooks' recommended schedule, in seconds; the first entry is the first attempt. */
export const DEFAULT_RETRY_SCHEDULE = '0,5,300,1800,7200,18000,36000,50400,72000,86400';

type Environment = Record<string, string | undefined>;

const schema = z.object({
  STAGE: z.string().default('dev'),
  LOG_LEVEL: matching(/^(trace|debug|info|warn|error|critical|silent)$/i, LEVELS).optional(),
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL: url().optional(),
  TABLE_NAME: z.string(),
  DELIVERY_QUEUE_URL: url(),
  DELIVERY_QUEUE_ARN: arn(),
  SCHEDULE_QUEUE_URL: url(),
  EVENT_QUEUE_URL: url(),
  RECONCILE_QUEUE_URL: url(),
  REPLAY_QUEUE_URL: url(),
  DEAD_LETTER_QUEUE_URL: url(),
  SCHEDULE_GROUP: z.string(),
  SCHEDULE_ROLE_ARN: arn(),
  DEFAULT_PHONE_COUNTRY: such(isCountry, 'an ISO 3166 alpha-2 code').default('IN'),
  RETENTION_DAYS: retentionDays().prefault('30'),
  RETENTION_DAYS_SENT: retentionDays().optional(),
  RETENTION_DAYS_FAILED: retentionDays().optional(),
  RETENTION_DAYS_CANCELED: retentionDays().optional(),
  RETENTION_DAYS_EVENTS: retentionDays().optional(),
  FIELD_KEYS: fieldKeys.optional(),
  FIELD_KMS_KEY_ARN: arn().optional(),
  RETRY_SCHEDULE: seconds.prefault(DEFAULT_RETRY_SCHEDULE),
  ENDPOINT_DISABLE_AFTER_HOURS: whole(1, 720).prefault('120'),
  CHANNEL_TIMEOUT_MS: whole(100, CHANNEL_TIMEOUT_MAX_MS).prefault('15000'),
  ENDPOINTS_MAX: whole(1, 5_000).prefault('1000'),
  SCHEDULES_MAX: whole(1, 5_000).prefault('1000'),
  INDEX_PARTITIONS: whole(1, 32).prefault('1'),
  ...authFields,
  PUBLIC_URL: baseUrl().optional(),
  TRACE_TRUST_CALLERS: flag().prefault('false'),
  CURSOR_SECRET: secret(z.string().min(16, 'must be at least 16 characters')),
  WEBHOOK_ALLOW_PRIVATE: flag().prefault('false'),
  WEBHOOK_ALLOW_HTTP: flag().prefault('false'),
  RECIPIENTS_ALLOWED: recipientPatterns.optional(),
  RECIPIENTS_REDIRECT: redirects.optional(),
  ...channelSettings,
});

export type SecretName = 'CURSOR_SECRET' | keyof ChannelSettings;

/** The secrets among variables, each with the values of other variables under which it is needed. */
const secretsIn = (shape: Record<string, z.ZodType>): Map<SecretName, [string, string][]> =>
  new Map(
    Object.entries(shape).flatMap(([name, variable]) => {
      const when = secretOf(variable);
      return when ? [[name as SecretName, Object.entries(when)]] : [];
    }),
  );
const SECRETS = /* @__PURE__ */ secretsIn(schema.shape);
/** Of the functions and the roles of the container that send. */
export const CHANNEL_SECRETS = /* @__PURE__ */ [...secretsIn(channelSettings).keys()];

const missingSecrets = (values: Record<string, unknown>, needs: readonly SecretName[]): string[] =>
  needs.flatMap((name) => {
    const when = SECRETS.get(name) ?? [];
    if (values[name] !== undefined || when.some(([variable, value]) => values[variable] !== value)) return [];
    const condition = when.map(([variable, value]) => ` when ${variable} is ${value}`);
    return [`  ${name}: is required${condition.join(' and')}`];
  });

/**
 * Rules between variables, on the environment as it is: they are reported along with whatever else
 * is wrong.
 */
const crossProblems = (environment: Environment, needs: readonly SecretName[]): string[] => {
  const { STAGE = '' } = environment;
  const inProd = isProd(STAGE);
  const forbidden = ['WEBHOOK_ALLOW_PRIVATE', 'WEBHOOK_ALLOW_HTTP'].filter((name) => environment[name] === 'true');
  const isPlain = /(^|\s)webhook=http:/i.test(environment.RECIPIENTS_REDIRECT ?? '');
  const kept = ['RECIPIENTS_ALLOWED', 'RECIPIENTS_REDIRECT'].filter((name) => environment[name] !== undefined);
  return [
    ...authProblems(environment),
    ...(inProd ? forbidden.map((name) => `  ${name}: must not be true in a prod stage`) : []),
    ...(inProd ? kept.map((name) => `  ${name}: must not be set in a prod stage`) : []),
    ...(isPlain && environment.WEBHOOK_ALLOW_HTTP !== 'true'
      ? ['  RECIPIENTS_REDIRECT: webhook must be an https URL, unless WEBHOOK_ALLOW_HTTP is true']
      : []),
    ...missingSecrets(environment, needs),
  ];
};

/** Instead of which type was expected; for the rest the rule's own words. */
const requiredMessage = ({ input }: { input?: unknown }): string | undefined =>
  input === undefined ? 'is required' : undefined;

export type Config = z.output<typeof schema>;

const unusable = (problems: readonly string[]): Error =>
  startError(`The environment is not usable:\n${problems.join('\n')}`, 2);

interface ParseOptions {
  /** Problems that the caller found, reported along. */
  further?: string[];
  /**
   * The secrets that this process uses. Default: those that its environment names, if only to leave
   * them empty.
   */
  needs?: readonly SecretName[];
}

/**
 * Environment -> Config. Throws one error that names every variable that is missing or wrong, the
 * rule, and the value, unless that may be a secret.
 */
export const parseConfig = (environment: Environment, { further = [], needs }: ParseOptions = {}): Config => {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present, { error: requiredMessage });
  const issues = result.error?.issues ?? [];
  const problems = [
    ...further,
    ...issues.map((issue) => `  ${String(issue.path[0] ?? '')}: ${issue.message}`),
    ...crossProblems(present, needs ?? [...SECRETS.keys()].filter((name) => environment[name] !== undefined)),
  ];
  if (result.success && problems.length === 0) return result.data;
  throw unusable(problems);
};

let parsed: Config | undefined;

/** The configuration of this process, parsed once per cold start. */
export const config = (): Config => {
  parsed ??= parseConfig(process.env);
  return parsed;
};

/** Throws when this process lacks a secret that it uses. */
export const requireSecrets = (names: readonly SecretName[]): void => {
  const missing = missingSecrets(config(), names);
  if (missing.length > 0) throw unusable(missing);
};

/** A secret that this process uses. Throws when it is missing. */
export const required = <Name extends SecretName>(name: Name): NonNullable<Config[Name]> => {
  requireSecrets([name]);
  return config()[name] as NonNullable<Config[Name]>;
};
