/** What the environment says about the process itself; about the service, lib/config.ts does. */
import * as z from 'zod';
import { type PresentedKey, parseToken } from '../auth/api-keys/token.ts';
import { CHANNEL_SECRETS, type SecretName } from '../config.ts';
import { matching, whole } from '../platform/variables.ts';
import type { Role } from './start.ts';

export const port = () => whole(1, 65_535);
export const host = () => matching(/^[0-9a-fA-F.:]+$/, 'an IP address');

/** What a role needs; it need not be given what the other has. */
export const SECRETS_OF: Record<Role, readonly SecretName[]> = {
  api: ['CURSOR_SECRET'],
  worker: CHANNEL_SECRETS,
};

const ROLES: Record<string, Role[]> = { api: ['api'], worker: ['worker'], all: ['api', 'worker'] };

/** Never repeated in a message. */
const FIRST_KEY_RULE = 'must be a token as `npm run keys -- token` prints it';
const firstKey = z
  .string()
  .refine((text) => parseToken(text) !== undefined, FIRST_KEY_RULE)
  .transform((text) => parseToken(text) as PresentedKey);

const fields = {
  PORT: port().prefault('3000'),
  HOST: host().optional(),
  METRICS_PORT: port().optional(),
  GRACE_SECONDS: whole(1, 3_600).prefault('25'),
  DRAIN_SECONDS: whole(0, 3_600).prefault('5'),
  REQUESTS_MAX: whole(1, 100_000).optional(),
  FIRST_KEY: firstKey.optional(),
};

export interface Settings {
  roles: Role[];
  port: number;
  host: string;
  metricsPort: number | undefined;
  graceMs: number;
  drainMs: number;
  requestsMax: number | undefined;
  /** That the API makes at its start, where it is not there yet. */
  firstKey: PresentedKey | undefined;
}

type Environment = Record<string, string | undefined>;

/** Without what is empty, which is how a deployment says "not set". */
export const given = (environment: Environment): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])));

/** One line for each wrong variable, as lib/config.ts has them. */
export const problemsOf = (error: z.ZodError | undefined): string[] =>
  (error?.issues ?? []).map(({ path, message }) => `  ${String(path[0] ?? '')}: ${message}`);

/** @param roleNames those that an entry around this one knows besides */
const settingsSchema = (roleNames: string[]) => {
  const names = [...Object.keys(ROLES), ...roleNames];
  const role = z.enum(Object.keys(ROLES) as [string, ...string[]], {
    error: ({ input }) => `must be one of ${names.join(', ')}, not "${input}"`,
  });
  // AUTH_MODE itself is lib/config.ts's to check.
  const known = { ...fields, ROLE: role.prefault('all'), AUTH_MODE: z.string().optional() };
  return z.object(known).superRefine((values, context) => {
    const say = (name: string, message: string): void => context.addIssue({ code: 'custom', path: [name], message });
    if (values.AUTH_MODE === 'none' && values.HOST === undefined)
      say('HOST', 'must be set when AUTH_MODE is none: 127.0.0.1, or another address to serve all who reach it');
    if (values.FIRST_KEY !== undefined && (values.AUTH_MODE ?? 'api-key') !== 'api-key')
      say('FIRST_KEY', `must not be set when AUTH_MODE is ${values.AUTH_MODE}, which takes no keys`);
    if (values.METRICS_PORT === values.PORT) say('METRICS_PORT', 'must not be the same as PORT');
    if (values.DRAIN_SECONDS > values.GRACE_SECONDS)
      say('DRAIN_SECONDS', 'must not be more than GRACE_SECONDS, of which it is a part');
  });
};

/** `problems` is empty exactly when there are `settings`. */
export const readSettings = (
  environment: Environment,
  roleNames: string[] = [],
): { settings?: Settings; problems: string[] } => {
  const { data, error } = settingsSchema(roleNames).safeParse(given(environment));
  if (!data) return { problems: problemsOf(error) };
  const settings: Settings = {
    roles: ROLES[data.ROLE] ?? [],
    port: data.PORT,
    host: data.HOST ?? '0.0.0.0',
    metricsPort: data.METRICS_PORT,
    graceMs: data.GRACE_SECONDS * 1_000,
    drainMs: data.DRAIN_SECONDS * 1_000,
    requestsMax: data.REQUESTS_MAX,
    firstKey: data.FIRST_KEY,
  };
  return { settings, problems: [] };
};
