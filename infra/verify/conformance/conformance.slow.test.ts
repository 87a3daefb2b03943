/**
 * A suite that cannot fail is worth nothing: a real service conforms, and each way of breaking the
 * contract is reported.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../../localstack/testing/stack.ts';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { optionsOf } from './options.ts';
import { conform } from './run.ts';
import { type Reply, type Sabotage, startSaboteur } from './saboteur.testing.ts';
import { violations } from './violations.testing.ts';

/** As the service's own begin; the proxy in front knows no other. */
const KEY = 'ens_conformance';
const BY_KEY = ['without a key', 'a key that is revoked opens nothing'];
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const directory = temporaryDirectory();
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ dataDir: directory.path, env: { WEBHOOK_SECRETS: secret, LOG_LEVEL: 'WARN' } });
});
afterAll(async () => {
  await stack.stop();
  directory.remove();
});

const OPEN = /^\/(health|docs|openapi\.json|to\/|$)/;
const unauthorized: Reply = {
  status: 401,
  headers: { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' },
  body: JSON.stringify({
    type: 'urn:problem-type:event-notification-service:unauthorized',
    title: 'Authentication is required',
    status: 401,
    detail: 'Credentials are required.',
    instance: '/',
    code: 'unauthorized',
  }),
};
/** The stack has no authentication of its own: this stands in front of it. */
const guarded: Sabotage = async (call, ask) =>
  OPEN.test(call.path) || call.headers.authorization === `Bearer ${KEY}` ? ask(call) : unauthorized;

const runWith = async (sabotage: Sabotage, args: string[]) => {
  const proxy = await startSaboteur(stack.apiUrl, sabotage);
  const said: string[] = [];
  const options = optionsOf(['--url', proxy.url, '--receiver-host', '127.0.0.1', '--webhook-secret', secret, ...args]);
  try {
    return { ...(await conform(options, (text) => said.push(text))), said: said.join('\n') };
  } finally {
    await proxy.close();
  }
};

/** Every check that a violation must break. */
const ONLY = [...new Set(violations.map(([, only]) => only))];

describe('the suite', () => {
  test('a service that keeps the contract conforms', { timeout: 300_000 }, async () => {
    const only = ONLY.flatMap((one) => ['--only', one]);
    const { result, exitCode, said } = await runWith(guarded, ['--key', KEY, '--deliveries', '3', ...only]);
    expect(
      result.checks.filter(({ outcome }) => outcome !== 'passed'),
      said,
    ).toEqual([]);
    expect([exitCode, result.summary.passed >= violations.length - 2, result.left_behind]).toEqual([0, true, []]);
    expect(said).not.toContain(KEY);
  });

  test.concurrent.each(violations)('%s is reported', { timeout: 300_000 }, async (_name, only, says, sabotage) => {
    const key = BY_KEY.includes(only) ? ['--key', KEY] : [];
    const { result, exitCode, said } = await runWith(sabotage, ['--deliveries', '3', '--only', only, ...key]);
    expect(exitCode, said).toBe(1);
    const failed = result.checks.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ name, group }) => `${group}: ${name}`.toLowerCase()).join()).toContain(only.toLowerCase());
    expect(failed.flatMap(({ failures }) => failures).join('\n')).toMatch(says);
  });

  test('what a flag does not offer is skipped by name, and a run of nothing but that is no success', async () => {
    const { result, exitCode, said } = await runWith((call, ask) => ask(call), ['--only', 'virtual clock']);
    expect([exitCode, result.summary]).toEqual([1, { passed: 0, failed: 0, skipped: expect.any(Number) }]);
    expect(result.summary.skipped).toBeGreaterThan(0);
    expect(said).toContain('--local-aws is not given');
  });
});
