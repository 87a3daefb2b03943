/**
 * Every scenario on the cluster: installed, ready and tried where it needs no AWS, else accepted by
 * the API server.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { render, runsAnywhere, type Scenario, scenarios } from '../../../helm/helm.ts';
import { podSpecOf } from '../../../helm/manifests.ts';
import { makeSpace, type Space } from './space.ts';

/**
 * As the API server would store it, unknown fields refused; the kinds of others are checked by
 * their webhooks too.
 */
const accepted = async ({ kubectl, namespace }: Space, scenario: Scenario): Promise<void> => {
  const manifests = await render(scenario.name);
  const directory = mkdtempSync(join(tmpdir(), 'chart-dry-'));
  const file = join(directory, 'all.json');
  // Some belong to another namespace, which would have to be there.
  const items = manifests.map((one) => ({ ...one, metadata: { ...one.metadata, namespace } }));
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  try {
    // The API server takes in a pod, such as helm test's, only where its service account is.
    const accounts = new Set(manifests.map((one) => podSpecOf(one)?.serviceAccountName).filter(Boolean));
    for (const account of accounts) await kubectl('create', 'serviceaccount', String(account));
    const args = ['--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict'];
    await kubectl('apply', ...args, '-f', file);
  } finally {
    rmSync(directory, { recursive: true });
  }
};

/** The smoke client, or where it would need a token of an identity provider, a refusal with 401. */
const TESTED = /All is well|without a token 401/;

/** No gateway of the cluster may take up what is only tried here. */
const APART = ['--set', 'istio.gateway.selector.istio=none'];

const running = async (space: Space, scenario: Scenario): Promise<void> => {
  await space.claim();
  await space.install(scenario, ...APART);
  const said = await space.test();
  if (!TESTED.test(said)) throw new Error(`helm test saw nothing:\n${said}`);
};

const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(0)} s`;

/** What is wrong, in a sentence each. */
export const checkScenarios = async (say: (text: string) => void): Promise<string[]> => {
  const wrong: string[] = [];
  for (const scenario of scenarios) {
    const startedAt = performance.now();
    const space = await makeSpace(scenario.name);
    try {
      if (runsAnywhere(scenario)) {
        await running(space, scenario);
        say(`${scenario.name}: installed, tested, ${seconds(startedAt)}`);
      } else {
        await accepted(space, scenario);
        say(`${scenario.name}: accepted, ${seconds(startedAt)}`);
      }
    } catch (error) {
      const seen = await space.kubectl('get', 'pods,events').catch(String);
      wrong.push(`${scenario.name}: ${(error as Error).message}\n${seen}`);
      say(`${scenario.name}: WRONG, ${seconds(startedAt)}`);
    } finally {
      await space.leave();
    }
  }
  return wrong;
};
