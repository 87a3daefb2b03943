/** `istioctl analyze`, of the chart with every part switched on, and of what lies in the cluster now. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderText, scenarioOf } from '../../../helm/helm.ts';
import { expectThat } from '../../../smoke/expect.ts';
import { command } from '../../kubernetes/cluster.ts';
import type { Check } from './check.ts';

interface Message {
  code: string;
  level: 'Error' | 'Warning' | 'Info';
  message: string;
  origin: string;
}

/** What a file cannot know: whether the gateway of others is there. */
const SCENARIOS = ['local-istio', 'local-gateway-api', 'aws-gateway-api-certificate', 'local-everything'];

const analyzed = async (...args: string[]): Promise<string> => {
  // The threshold: messages are ours to judge, and go with the exit code 0.
  const printed = await command('istioctl', ['analyze', ...args, '-o', 'json', '--failure-threshold', 'Error']);
  const messages = JSON.parse(printed || '[]') as Message[];
  const wrong = messages.filter(({ level }) => level !== 'Info');
  const [first] = wrong;
  expectThat(first === undefined, `${wrong.length}: ${first?.code} ${first?.origin}: ${first?.message}`);
  return messages.length === 0 ? 'clean' : `clean; ${messages.map(({ code }) => code).join(', ')} for information`;
};

export const analyzeChecks = (namespace: string, directory: string): Check[] => [
  ...SCENARIOS.map((name) => ({
    name: `the chart as ${name}`,
    run: async () => {
      const file = join(directory, `${name}.yaml`);
      writeFileSync(file, await renderText(scenarioOf(name)));
      return analyzed('--use-kube=false', '-n', namespace, file);
    },
  })),
  { name: 'the namespace', run: () => analyzed('-n', namespace) },
];
