/** `istioctl analyze`, of the chart with every part switched on, and of what lies in the cluster now. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderText, scenarioOf } from '../../../../helm/helm.ts';
import { command } from '../../../../tools/cluster.ts';
import { expectThat } from '../../../kit/expect.ts';
import type { Check } from './check.ts';

interface Message {
  code: string;
  level: 'Error' | 'Warning' | 'Info';
  message: string;
  origin: string;
}

/** What a file cannot know: whether the gateway of others is there. */
const SCENARIOS = ['local-istio', 'local-gateway-api', 'aws-gateway-api-certificate', 'local-everything'];

/** With an error among them istioctl ends with another code than 0, and prints them all the same. */
const messagesOf = (args: readonly string[]): Promise<string> =>
  command('istioctl', ['analyze', ...args, '-o', 'json']).catch((error: Error) => {
    const { stdout } = error.cause as { stdout?: string };
    if (!stdout) throw error;
    return stdout;
  });

const analyzed = async (...args: string[]): Promise<string> => {
  const printed = await messagesOf(args);
  const messages = JSON.parse(printed) as Message[];
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
