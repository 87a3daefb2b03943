/**
 * `npm run keys`: makes a tenant's first key, and does what the admin API does, for those who may
 * write to the table.
 */

import { Temporal } from 'temporal-polyfill';
import type { ApiKey } from '../../lib/auth/api-keys/api-key.ts';
import { newApiKeySchema, rotationSchema, viewApiKey } from '../../lib/auth/api-keys/schema.ts';
import { makeApiKeyService } from '../../lib/auth/api-keys/service.ts';
import { newSecret, tokenOf } from '../../lib/auth/api-keys/token.ts';
import { makeApiKeyStore } from '../../lib/aws/stores/api-key-store.ts';
import { ServiceError } from '../../lib/errors.ts';
import { random } from '../../lib/platform/random.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';
import { OVERLAP_DEFAULT_SECONDS } from '../../lib/schema/rotation.ts';
import { validated } from '../../lib/schema/validate.ts';
import { type Arguments, byOption, type Options, readArguments, scopesOf, USAGE, UsageError } from './arguments.ts';
import { type KeyTable, openKeyTable } from './key-table.ts';

/** The time so far ahead of `now`, by the UTC calendar. */
const ahead = (option: string, text: string, now: number): number => {
  try {
    const from = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO('UTC');
    return from.add(Temporal.Duration.from(text)).epochMilliseconds;
  } catch {
    throw new UsageError(`--${option} must be an ISO 8601 duration, like P90D or PT1H, not "${text}"`);
  }
};

const keyInput = (options: Options, now: number) => {
  const { expires, 'rate-limit': rateLimit } = options;
  const {
    name,
    scopes,
    expires_at: expiresAt,
    rate_limit,
  } = validated(newApiKeySchema, {
    name: options.name,
    scopes: scopesOf(options),
    ...(expires !== undefined && { expires_at: new Date(ahead('expires', expires, now)).toISOString() }),
    ...(rateLimit !== undefined && { rate_limit: Number(rateLimit) }),
  });
  return { name, scopes, ...omitUndefined({ expiresAt, rateLimit: rate_limit }) };
};

const overlapMs = ({ overlap }: Options, now: number): number => {
  if (overlap === undefined) return OVERLAP_DEFAULT_SECONDS * 1_000;
  const seconds = Math.round((ahead('overlap', overlap, now) - now) / 1_000);
  return (validated(rotationSchema, { overlap_seconds: seconds }).overlap_seconds ?? 0) * 1_000;
};

const lineOf = (key: ApiKey, now: number): string => {
  const { id, name, scopes, expires_at, last_used_at, revoked_at } = viewApiKey(key, now);
  const expiry = expires_at && (expires_at <= new Date(now).toISOString() ? 'expired' : 'expires');
  const state = revoked_at ? `revoked ${revoked_at}` : expiry ? `${expiry} ${expires_at}` : 'active';
  return `${id}  ${state}  last used ${last_used_at ?? 'never'}  ${scopes.join(',')}  ${name}`;
};

type Environment = Record<string, string | undefined>;

interface Output {
  out(line: string): void;
  err(line: string): void;
}

const perform = async (
  { command, id, options }: Arguments,
  keyTable: KeyTable,
  env: Environment,
  { out, err }: Output,
): Promise<void> => {
  const { clock, table } = keyTable;
  const { tenant } = options;
  const retentionMs = Number(env.RETENTION_DAYS || 30) * 86_400_000;
  const service = makeApiKeyService({ clock, random, newSecret, keys: makeApiKeyStore(table), retentionMs });
  err(`Tenant ${tenant}; table ${keyTable.what}`);
  if (command === 'create') {
    const input = byOption(() => keyInput(options, clock.now()));
    const { key, token } = await service.create({ input, tenant });
    err(`${lineOf(key, clock.now())}\nThe token, shown this once:`);
    out(token);
  }
  if (command === 'rotate') {
    const overlap = byOption(() => overlapMs(options, clock.now()));
    const { key, token } = await service.rotate({ id, tenant, overlapMs: overlap });
    const { rotation_ends_at: until } = viewApiKey(key, clock.now());
    err(until ? `Earlier tokens are good until ${until}.` : 'Earlier tokens are refused everywhere within 60 seconds.');
    err('The new token, shown this once:');
    out(token);
  }
  if (command === 'revoke') {
    err(lineOf(await service.revoke({ id, tenant }), clock.now()));
    err('It is refused everywhere within 60 seconds.');
  }
  if (command !== 'list') return;
  let before: string | undefined;
  do {
    const page = await service.list({ tenant, limit: 100, ...omitUndefined({ before }) });
    for (const key of page.items) out(lineOf(key, clock.now()));
    before = page.next;
  } while (before !== undefined);
};

const execute = async (argv: string[], env: Environment, output: Output): Promise<void> => {
  const asked = readArguments(argv);
  if (asked.command === 'help') return output.err(USAGE);
  if (asked.command === 'token') return output.out(tokenOf({ id: random.id('key_'), secret: newSecret() }));
  // What needs no table is said before one is looked for.
  if (asked.command === 'create') scopesOf(asked.options);
  const keyTable = await openKeyTable(asked.options.stage, env);
  try {
    await perform(asked, keyTable, env, output);
  } finally {
    keyTable.close();
  }
};

/** The SDK's message is printed: the person who runs this owns the table. */
const messageOf = (error: unknown): string => {
  if (!(error instanceof ServiceError)) return (error as Error).message;
  return error.cause instanceof Error ? `The table cannot be used: ${error.cause.message}` : error.detail;
};

/** @returns the exit code: 0, 1 when it failed, 2 when it was not understood */
export const runKeys = async (argv: string[], env: Environment, output: Output): Promise<number> => {
  try {
    await execute(argv, env, output);
    return 0;
  } catch (error) {
    output.err(messageOf(error));
    if (!(error instanceof UsageError)) return 1;
    output.err(`\n${USAGE}`);
    return 2;
  }
};
