import * as z from 'zod';
import { authFields, authProblems } from './auth/config.ts';
import { ATTEMPTS_MAX, RETRY_DELAY_MAX_SECONDS } from './delivery/retry-schedule.ts';
import { fieldKeys } from './field-keys.ts';
import { startError } from './start-error.ts';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

const seconds = z
  .string()
  .regex(/^\d+(,\d+)*$/, 'must be whole seconds separated by commas')
  .transform((text) => text.split(',').map(Number))
  .pipe(z.array(z.number().max(RETRY_DELAY_MAX_SECONDS)).max(ATTEMPTS_MAX));
const secrets = z
  .string()
  .transform((text) => text.split(/\s+/).filter(Boolean))
  .pipe(
    z
      .array(z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and the base64 of 24 to 64 bytes'))
      .min(1),
  );

/** Never under the 7 days for which a repetition is recognised. */
const retentionDays = z.coerce.number().int().min(7).max(3650);

/** hold (1 s) + lease (this + 10 s of margins, policy.ts) <= the delivery function's 30 s (serverless.yml). */
const CHANNEL_TIMEOUT_MAX_MS = 19_000;

/** Standard Webhooks' recommended schedule, in seconds; the first entry is the first attempt. */
export const DEFAULT_RETRY_SCHEDULE = '0,5,300,1800,7200,18000,36000,50400,72000,86400';

const schema = z.object({
  STAGE: z.string().default('dev'),
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL: z.url().optional(),
  TABLE_NAME: z.string(),
  DELIVERY_QUEUE_URL: z.url(),
  DELIVERY_QUEUE_ARN: z.string().startsWith('arn:'),
  SCHEDULE_QUEUE_URL: z.url(),
  EVENT_QUEUE_URL: z.url(),
  RECONCILE_QUEUE_URL: z.url(),
  REPLAY_QUEUE_URL: z.url(),
  DEAD_LETTER_QUEUE_URL: z.url(),
  SCHEDULE_GROUP: z.string(),
  SCHEDULE_ROLE_ARN: z.string().startsWith('arn:'),
  DEFAULT_PHONE_COUNTRY: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be an ISO 3166 alpha-2 code')
    .default('IN'),
  RETENTION_DAYS: retentionDays.default(30),
  RETENTION_DAYS_SENT: retentionDays.optional(),
  RETENTION_DAYS_FAILED: retentionDays.optional(),
  RETENTION_DAYS_CANCELED: retentionDays.optional(),
  RETENTION_DAYS_EVENTS: retentionDays.optional(),
  FIELD_KEYS: fieldKeys.optional(),
  FIELD_KMS_KEY_ARN: z.string().startsWith('arn:').optional(),
  RETRY_SCHEDULE: seconds.prefault(DEFAULT_RETRY_SCHEDULE),
  ENDPOINT_DISABLE_AFTER_HOURS: z.coerce.number().int().min(1).max(720).default(120),
  CHANNEL_TIMEOUT_MS: z.coerce.number().int().min(100).max(CHANNEL_TIMEOUT_MAX_MS).default(15_000),
  ENDPOINTS_MAX: z.coerce.number().int().min(1).max(5_000).default(1_000),
  ...authFields,
  CURSOR_SECRET: z.string().min(16),
  WEBHOOK_SECRETS: secrets,
  WEBHOOK_ALLOW_PRIVATE: flag.prefault('false'),
  WEBHOOK_ALLOW_HTTP: flag.prefault('false'),
  EMAIL_TRANSPORT: z.enum(['ses', 'smtp']).default('ses'),
  EMAIL_FROM: z.email().default('notifications@example.com'),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  SMS_ORIGINATION_IDENTITY: z.string().optional(),
});

/** Rules between variables, on the environment as it is: they are reported along with whatever else is wrong. */
const crossProblems = (environment: Record<string, string | undefined>): string[] => {
  const { STAGE = '', EMAIL_TRANSPORT, SMTP_URL } = environment;
  const forbidden = ['WEBHOOK_ALLOW_PRIVATE', 'WEBHOOK_ALLOW_HTTP'].filter(
    (name) => /^prod/i.test(STAGE) && environment[name] === 'true',
  );
  return [
    ...authProblems(environment),
    ...forbidden.map((name) => `  ${name}: must not be true in a prod stage`),
    ...(EMAIL_TRANSPORT === 'smtp' && !SMTP_URL ? ['  SMTP_URL: is required when EMAIL_TRANSPORT is smtp'] : []),
  ];
};

/** Instead of which type was expected; for the rest the rule's own words. */
const requiredMessage = ({ input }: { input?: unknown }): string | undefined =>
  input === undefined ? 'is required' : undefined;

export type Config = z.output<typeof schema>;

/**
 * Environment -> Config. Throws one error that names every variable that is missing or wrong, and never a value; `further` are
 * problems found by whoever asks, reported along.
 */
export const parseConfig = (environment: Record<string, string | undefined>, further: string[] = []): Config => {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present, { error: requiredMessage });
  const issues = result.error?.issues ?? [];
  const problems = [
    ...further,
    ...issues.map((issue) => `  ${String(issue.path[0] ?? '')}: ${issue.message}`),
    ...crossProblems(present),
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
