import * as z from 'zod';
import { authFields, authProblems } from './auth/config.ts';
import { fieldKeys } from './aws/field-encryption/field-keys.ts';
import { startError } from './platform/start-error.ts';
import { arn, baseUrl, email, flag, matching, oneOf, such, url, whole } from './platform/variables.ts';
import { ATTEMPTS_MAX, RETRY_DELAY_MAX_SECONDS } from './schema/retry-schedule.ts';
import { isSecret, paddedSecret, SECRET_RULE } from './schema/signing-keys.ts';

const seconds = matching(/^\d+(,\d+)*$/, 'whole seconds separated by commas')
  .transform((text) => text.split(',').map(Number))
  .pipe(z.array(z.number().max(RETRY_DELAY_MAX_SECONDS)).max(ATTEMPTS_MAX));
const secrets = z
  .string()
  .transform((text) => text.split(/\s+/).filter(Boolean))
  .pipe(z.array(z.string().refine(isSecret, SECRET_RULE).transform(paddedSecret)).min(1));

const LEVELS = 'one of TRACE, DEBUG, INFO, WARN, ERROR, CRITICAL, SILENT';

/** Never under the 7 days for which a repetition is recognised. */
const retentionDays = () => whole(7, 3_650);

const isCountry = (text: string): boolean =>
  /^[A-Z]{2}$/.test(text) && new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' }).of(text) !== undefined;

/** hold (1 s) + lease (this + 10 s of margins, policy.ts) <= the delivery function's 30 s (serverless.yml). */
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
  INDEX_PARTITIONS: whole(1, 32).prefault('1'),
  ...authFields,
  PUBLIC_URL: baseUrl().optional(),
  TRACE_TRUST_CALLERS: flag().prefault('false'),
  CURSOR_SECRET: z.string().min(16, 'must be at least 16 characters').optional(),
  WEBHOOK_SECRETS: secrets.optional(),
  WEBHOOK_ALLOW_PRIVATE: flag().prefault('false'),
  WEBHOOK_ALLOW_HTTP: flag().prefault('false'),
  EMAIL_TRANSPORT: oneOf('ses', 'smtp').default('ses'),
  EMAIL_FROM: email().default('notifications@example.com'),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp or smtps URL' }).optional(),
  SMS_ORIGINATION_IDENTITY: z.string().optional(),
});

/** The secrets that only some functions and some roles of the container use, and have. */
const SECRETS = ['CURSOR_SECRET', 'WEBHOOK_SECRETS', 'SMTP_URL'] as const;
export type SecretName = (typeof SECRETS)[number];

/** Rules between variables, on the environment as it is: they are reported along with whatever else is wrong. */
const crossProblems = (environment: Environment, needs: readonly SecretName[]): string[] => {
  const { STAGE = '', EMAIL_TRANSPORT } = environment;
  const missing = needs.filter((name) => name !== 'SMTP_URL' && environment[name] === undefined);
  const noSmtp = EMAIL_TRANSPORT === 'smtp' && needs.includes('SMTP_URL') && environment.SMTP_URL === undefined;
  const forbidden = ['WEBHOOK_ALLOW_PRIVATE', 'WEBHOOK_ALLOW_HTTP'].filter(
    (name) => /^prod/i.test(STAGE) && environment[name] === 'true',
  );
  return [
    ...authProblems(environment),
    ...forbidden.map((name) => `  ${name}: must not be true in a prod stage`),
    ...missing.map((name) => `  ${name}: is required`),
    ...(noSmtp ? ['  SMTP_URL: is required when EMAIL_TRANSPORT is smtp'] : []),
  ];
};

/** Instead of which type was expected; for the rest the rule's own words. */
const requiredMessage = ({ input }: { input?: unknown }): string | undefined =>
  input === undefined ? 'is required' : undefined;

export type Config = z.output<typeof schema>;

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
 * Environment -> Config. Throws one error that names every variable that is missing or wrong, the rule, and the value, unless that
 * may be a secret.
 */
export const parseConfig = (environment: Environment, { further = [], needs }: ParseOptions = {}): Config => {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present, { error: requiredMessage });
  const issues = result.error?.issues ?? [];
  const problems = [
    ...further,
    ...issues.map((issue) => `  ${String(issue.path[0] ?? '')}: ${issue.message}`),
    ...crossProblems(present, needs ?? SECRETS.filter((name) => environment[name] !== undefined)),
  ];
  if (result.success && problems.length === 0) return result.data;
  throw startError(`The environment is not usable:\n${problems.join('\n')}`, 2);
};

let parsed: Config | undefined;

/** The configuration of this process, parsed once per cold start. */
export const config = (): Config => {
  parsed ??= parseConfig(process.env);
  return parsed;
};

/** A secret that this process cannot do without. Throws when it was not given one. */
export const required = <Name extends 'CURSOR_SECRET' | 'WEBHOOK_SECRETS'>(name: Name): NonNullable<Config[Name]> => {
  const value = config()[name];
  if (value === undefined) throw startError(`The environment is not usable:\n  ${name}: is required`, 2);
  return value as NonNullable<Config[Name]>;
};
