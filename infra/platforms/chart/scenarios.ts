/** Every scenario on the cluster: installed, ready and tried where it needs no AWS, else accepted by the API server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderText, runsAnywhere, type Scenario, scenarios } from '../../helm/helm.ts';
import { imageArgs, makeSpace, type Space } from './space.ts';

/** As the API server would store it, unknown fields refused; the kinds of others are checked by their webhooks too. */
const accepted = async ({ kubectl }: Space, scenario: Scenario): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'chart-dry-'));
  const file = join(directory, 'all.yaml');
  // What goes to another namespace would need one.
  const text = await renderText(scenario, { dashboards: { namespace: '' } });
  writeFileSync(file, text);
  try {
    // Whoever takes in a pod asks for its service account, so that must be there for the test's.
    for (const [, account] of text.matchAll(/serviceAccountName: (\S+)/g)) {
      await kubectl('create', 'serviceaccount', account ?? '').catch(() => undefined);
    }
    const args = ['--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict'];
    await kubectl('apply', ...args, '-f', file);
  } finally {
    rmSync(directory, { recursive: true });
  }
};

const running = async (space: Space, scenario: Scenario): Promise<void> => {
  await space.install(scenario, ...imageArgs());
  const said = await space.test();
  if (!said.includes('All is well')) throw new Error(`helm test did not run the smoke client:\n${said}`);
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
      const seen = await space.kubectl('get', 'pods,events', '--sort-by=.metadata.creationTimestamp').catch(String);
      wrong.push(`${scenario.name}: ${(error as Error).message}\n${seen}`);
      say(`${scenario.name}: WRONG, ${seconds(startedAt)}`);
    } finally {
      await space.leave();
    }
  }
  return wrong;
};
