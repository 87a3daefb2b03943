/**
 * Keys of a running stack, made beside its API; its routes; and a caller that shows its token with
 * each request.
 */
import type { KeyInput } from '../../../lib/auth/api-keys/api-key.ts';
import { makeApiKeyService } from '../../../lib/auth/api-keys/service.ts';
import { newSecret } from '../../../lib/auth/api-keys/token.ts';
import { SCOPES, type Scope } from '../../../lib/auth/principal.ts';
import { makeApiKeyStore } from '../../../lib/aws/stores/api-key-store.ts';
import { makeTable } from '../../../lib/aws/table/table.ts';
import { withoutTrailingSlash } from '../../../lib/http/api-description.ts';
import { random } from '../../../lib/platform/random.ts';
import { loadServerless } from '../../../lib/runtime/serverless/serverless-yaml.ts';
import { openClock } from '../../../localstack/clock.ts';
import { clientsFor } from '../../../localstack/testing/temporary-directory.ts';
import type { Answer } from '../kit/client.ts';
import type { TestStack } from '../kit/test-stack.ts';

const document = await loadServerless({ stage: 'local' });

/** The admin API's own service, over the stack's table and clock. */
export const keysOf = (stack: TestStack) => {
  const { dynamodb: client } = clientsFor(stack.processes.awsUrl);
  const clock = openClock(stack.dataDir);
  const tableName = String(document.resources.Resources.Table?.Properties?.TableName);
  const keys = makeApiKeyStore(makeTable({ client, tableName, clock }));
  return makeApiKeyService({ clock, random, newSecret, keys, retentionMs: 30 * 86_400_000 });
};

export const issue = async (stack: TestStack, tenant: string, input: Partial<KeyInput> = {}) =>
  keysOf(stack).create({ tenant, input: { name: 'a test', scopes: ['admin'], ...input } });

export interface Caller {
  token: string;
  api<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
}

export const callerOf = (stack: TestStack, token: string): Caller => ({
  token,
  api: (method, path, body, headers) => stack.api(method, path, body, { authorization: `Bearer ${token}`, ...headers }),
});

/** A caller of its own tenant, who may do everything there. */
export const adminOf = async (stack: TestStack, tenant: string): Promise<Caller> =>
  callerOf(stack, (await issue(stack, tenant)).token);

const OPEN = /^(\/|\/health.*|\/docs.*|\/openapi\.json)$/;

export interface GuardedRoute {
  method: string;
  /** As serverless.yml has it, without trailing slash. */
  path: string;
  scope: Scope;
}

const scopeOf = (method: string, path: string): Scope => {
  const [noun = '', , verb = ''] = path.split('/').slice(3);
  // A preview writes nothing.
  const access = method === 'GET' || path.endsWith('/preview') ? 'read' : 'write';
  if (noun === 'events') return `events:${access}`;
  if (['notifications', 'schedules', 'dead-letters', 'jobs'].includes(noun)) return `notifications:${access}`;
  if (noun === 'endpoints' && (method === 'GET' || ['disable', 'enable', 'test'].includes(verb)))
    return `notifications:${access}`;
  return 'admin';
};

/**
 * Every route of serverless.yml but those that are open on purpose; what is new is guarded, and by
 * `admin`, until this says otherwise.
 */
export const guardedRoutes: GuardedRoute[] = Object.values(document.functions)
  .flatMap(({ events }) => events.flatMap(({ httpApi }) => (typeof httpApi === 'object' ? [httpApi] : [])))
  .filter(({ path }) => path === '/' || !path.endsWith('/'))
  .filter(({ path }) => !OPEN.test(path))
  .map(({ method, path }) => ({ method, path: withoutTrailingSlash(path), scope: scopeOf(method, path) }));

/** Every scope but the one, and `admin`, which would do for it. */
export const allBut = (scope: Scope): Scope[] => SCOPES.filter((one) => one !== scope && one !== 'admin');

/** A path with an unknown id in place of its parameters. */
export const filled = (path: string, id = `${'0'.repeat(26)}`): string => path.replace(/\{\w+\}/g, id);
