import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { hashOf, parseToken } from '../../lib/auth/api-keys/token.ts';
import { makeApiKeyStore } from '../../lib/aws/stores/api-key-store.ts';
import { type Aws, startAws } from '../../localstack/testing/stack.ts';
import { temporaryDirectory } from '../../localstack/testing/temporary-directory.ts';
import { runKeys } from './cli.ts';
import { openKeyTable } from './key-table.ts';

const directory = temporaryDirectory();
let aws: Aws;
let env: Record<string, string>;
beforeAll(async () => {
  aws = await startAws({ dataDir: directory.path });
  env = { LOCAL_AWS_PORT: String(aws.port) };
});
afterAll(async () => {
  await aws.close();
  directory.remove();
});

const run = async (command: string, environment: Record<string, string> = env) => {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runKeys(command.split(' ').filter(Boolean), environment, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
};
const stored = async (id: string) => {
  const keyTable = await openKeyTable(undefined, env);
  const key = await makeApiKeyStore(keyTable.table).get(id);
  keyTable.close();
  return key;
};

it('makes, lists, rotates and revokes a key of a running stack without any configuration; the token goes out alone', async () => {
  const made = await run('create --tenant acme --name billing --scopes events:write,events:read --expires P90D');
  expect([made.code, made.err]).toEqual([0, expect.stringContaining('Tenant acme')]);
  const { id = '', secret = '' } = parseToken(made.out) ?? {};
  expect(made.err).not.toContain(secret);
  expect(await stored(id)).toMatchObject({
    tenant: 'acme',
    name: 'billing',
    scopes: ['events:write', 'events:read'],
    secrets: [{ hash: hashOf(secret) }],
  });

  const rotated = await run(`rotate ${id} --tenant acme --overlap PT1H`);
  const next = parseToken(rotated.out);
  expect(rotated.err).toMatch(/^Earlier tokens are good until 20/m);
  expect([next?.id, (await stored(id))?.secrets.length]).toEqual([id, 2]);
  expect((await run('list --tenant acme')).out).toMatch(
    new RegExp(`^${id}  expires 20.*events:write,events:read  billing$`),
  );
  expect(await run(`revoke ${id} --tenant acme`)).toMatchObject({ code: 0, out: '' });
  expect((await run('list --tenant acme')).out).toContain('revoked 20');
  expect((await stored(id))?.secrets).toEqual([]);
  expect((await run('list')).out).toBe('');
});

it('counts an expiry by the clock of the stack', async () => {
  await aws.advance('P30D');
  const { out } = await run('create --scopes admin --expires P1D');
  const expiresAt = (await stored(parseToken(out)?.id ?? ''))?.expiresAt ?? 0;
  expect((expiresAt - Date.now()) / 86_400_000).toBeCloseTo(31, 1);
});

it.each([
  ['', 'A command is missing: one of create, list, rotate, revoke, token'],
  ['make', 'There is no command make\n'],
  ['crate --scopes admin', 'There is no command crate; did you mean create?'],
  ['create', '--scopes is required: one or more of events:write'],
  ['create --scope admin', 'There is no option --scope; did you mean --scopes?'],
  ['create --rate_limit=5 --scopes admin', 'There is no option --rate_limit; did you mean --rate-limit?'],
  ['create admin,events:read', 'did you mean npm run keys -- create --scopes admin,events:read?'],
  ['create --scopes admin,root', '--scopes: there is no scope "root". Known: events:write, events:read, '],
  ['create --scopes event:read', '--scopes: there is no scope "event:read"; did you mean events:read? Known: '],
  ['create --scopes admin,admin', '--scopes must not repeat itself'],
  ['create --scopes admin --rate-limit many', '--rate-limit must be'],
  ['create --scopes admin --expires tomorrow', '--expires must be an ISO 8601 duration'],
  ['create --scopes admin --tenant Acme', '--tenant must match'],
  ['rotate', 'rotate takes one key id'],
  ['rotate key_00000000000000000000000000 --overlap P1Y', '--overlap, in seconds, must be at most'],
  ['list key_1', 'list takes no key id'],
  ['list --color', 'There is no option --color\n'],
])('"%s" is not understood: it says why, and the usage after it', async (command, why) => {
  const { code, err, out } = await run(command);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(why);
  expect(err.indexOf('npm run keys -- <command>')).toBeGreaterThan(err.indexOf(why));
});

it('says what is wrong with the arguments where no stack runs, too', async () => {
  const none = await run('create --scopes root', { LOCAL_AWS_PORT: '1' });
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('there is no scope "root"')]);
});

it('prints a new token where no stack runs, another one each time', async () => {
  const [first, second] = [await run('token', { LOCAL_AWS_PORT: '1' }), await run('token', { LOCAL_AWS_PORT: '1' })];
  expect([first.code, first.err]).toEqual([0, '']);
  expect(parseToken(first.out)?.id).toMatch(/^key_/);
  expect(first.out).not.toBe(second.out);
});

it('fails for a key that is not there, without the usage', async () => {
  const { code, err, out } = await run('revoke key_00000000000000000000000000');
  expect([code, out, err]).toEqual([1, '', expect.stringContaining('There is no key key_0')]);
  expect(err).not.toContain('npm run keys -- <command>');
});

it('says what to do where no stack runs', async () => {
  const none = await run('list', { LOCAL_AWS_PORT: '1' });
  expect([none.code, none.err]).toEqual([1, expect.stringContaining('Start one with "npm start"')]);
});

it('takes the table that TABLE_NAME names, or a stage has, by the ways of the SDK; and says what AWS said', async () => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'any');
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
  const { TABLE_NAME = '' } = aws.environment;
  const named = await run('create --scopes admin --tenant other', { TABLE_NAME });
  expect([named.code, named.err]).toEqual([0, expect.stringContaining(`${TABLE_NAME} in us-east-1`)]);
  expect((await run('list --tenant other --stage local')).out).toContain(parseToken(named.out)?.id);
  const absent = await run('list --stage prod', { AWS_REGION: 'eu-west-1' });
  expect([absent.code, absent.err]).toEqual([
    1,
    expect.stringMatching(/-prod in eu-west-1\nThe table cannot be used: .*not found/),
  ]);
  vi.unstubAllEnvs();
});
