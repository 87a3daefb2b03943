/**
 * Bundles every function as for Lambda (tree-shaken, without the SDK), and so finds the SDK
 * commands and the configuration that its code can reach. A role allows no more than that.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadServerless } from '../../lib/runtime/serverless/serverless-yaml.ts';
import { IAM_ACTIONS } from './iam-actions.ts';
import type { Permissions } from './permissions.ts';
import { merged, statementsOf } from './roles.ts';
import { type Secrets, withheldFrom } from './secrets.ts';

/** Queue in a role -> variable with its URL. */
const QUEUES: Record<string, string> = {
  DeliveryQueue: 'DELIVERY_QUEUE_URL',
  ScheduleQueue: 'SCHEDULE_QUEUE_URL',
  EventQueue: 'EVENT_QUEUE_URL',
  ReplayQueue: 'REPLAY_QUEUE_URL',
};
/** These belong to adapters that are whole objects: code that reaches one method bundles them all. */
const BY_METHOD = /^(dynamodb:|sqs:SendMessage$)/;

const root = fileURLToPath(new URL('../..', import.meta.url));
const { functions, custom, provider } = await loadServerless({
  stage: 'dev',
  env: { FIELD_KMS_KEY_ARN: 'arn:aws:kms:::key/1' },
});
const permissions = custom.permissions as Permissions;

const secrets = custom.secrets as Secrets;
const allSecrets = Object.values(secrets).flat();

interface Reached {
  actions: Set<string>;
  text: string;
}
const reached = new Map<string, Reached>();

beforeAll(async () => {
  const entries = Object.entries(functions).map(([name, { handler }]) => [name, handler.replace(/\.handler$/, '.ts')]);
  const { outputFiles } = await build({
    ...{ absWorkingDir: root, entryPoints: Object.fromEntries(entries), outdir: 'out', write: false },
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node24', packages: 'external', logLevel: 'error' },
  });
  for (const { path, text } of outputFiles) {
    const commands = [...text.matchAll(/new (\w+)Command\(/g)].map(([, command = '']) => command);
    const unknown = commands.filter((command) => !IAM_ACTIONS[command]);
    if (unknown.length > 0) throw new Error(`iam-actions.ts has no IAM action for ${unknown.join(', ')}`);
    const actions = new Set(commands.flatMap((command) => IAM_ACTIONS[command] ?? []));
    reached.set(path.replace(/^.*\/(\w+)\.js$/, '$1'), { actions, text });
  }
});

const allowedOf = (name: string) => merged(statementsOf(name, (functions[name]?.needs ?? []) as string[], permissions));
const actionsOf = (name: string): string[] => [...new Set(allowedOf(name).flatMap(({ Action }) => Action))].sort();
const queuesOf = (name: string): string[] =>
  allowedOf(name)
    .filter(({ Action }) => Action.includes('sqs:SendMessage'))
    .map(({ Resource }) => (Resource as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0]);

describe.each(Object.keys(functions))('the role of %s', (name) => {
  const of = (): Reached => reached.get(name) ?? { actions: new Set(), text: '' };

  it('allows no action that its code does not reach', () => {
    expect(actionsOf(name).filter((action) => !of().actions.has(action))).toEqual([]);
  });

  it('allows every action of an adapter that is bundled only where it is used', () => {
    expect([...of().actions].filter((action) => !BY_METHOD.test(action) && !actionsOf(name).includes(action))).toEqual(
      [],
    );
  });

  it('belongs to a function with the secrets that its code reads, and no others', () => {
    const given = allSecrets.filter(
      (secret) => !withheldFrom(functions[name]?.needs as string[] | undefined, secrets).includes(secret),
    );
    const read = allSecrets.filter((secret) =>
      new RegExp(`(config\\d*\\(\\)|values)\\.${secret}\\b|required\\d*\\("${secret}"\\)`).test(of().text),
    );
    expect(given).toEqual(read);
  });

  it('sends to no queue whose name its code does not reach', () => {
    expect(queuesOf(name).filter((queue) => !of().text.includes(`().${QUEUES[queue]}`))).toEqual([]);
  });
});

it('functions that need no credentials have no secret, and each secret is in some function', () => {
  for (const name of ['welcome', 'health', 'healthLive', 'docs', 'openapi', 'notFound'])
    expect(withheldFrom(functions[name]?.needs as string[] | undefined, secrets)).toEqual(allSecrets);
  const needs = Object.values(functions).flatMap((declared) => (declared.needs ?? []) as string[]);
  expect(withheldFrom(needs, secrets)).toEqual([]);
  expect(Object.keys(provider.environment)).toEqual(expect.arrayContaining(allSecrets));
});

it('a need that permissions.yml does not have is refused', () => {
  expect(() => statementsOf('any', ['everything'], permissions)).toThrow(
    'functions.any.needs: "everything" is none of',
  );
});

it('no role allows anything on a key that is not set', async () => {
  const { custom: bare } = await loadServerless({ stage: 'dev', env: { FIELD_KMS_KEY_ARN: '' } });
  const statements = merged(statementsOf('any', ['get', 'decrypt.fields'], bare.permissions as Permissions));
  expect(statements.flatMap(({ Action }) => Action)).toEqual(['dynamodb:GetItem']);
});
