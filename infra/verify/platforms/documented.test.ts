import { expect, it } from 'vitest';
import { commandsAfter } from './documented.ts';

const CHART = 'infra/helm/event-system/README.md';

it('takes the block below a line, as it is written there', () => {
  const commands = commandsAfter(CHART, '**6. The service**, without Prometheus:');
  expect(commands.startsWith('helm upgrade --install event-system ')).toBe(true);
  expect(commands.endsWith('--set istio.redirect.port=8443')).toBe(true);
  expect(commands).not.toContain('serviceMonitor');
  expect(commandsAfter(CHART, 'The service with Prometheus')).toContain('serviceMonitor.enabled=true');
});

it('has nothing for a line that is not there', () => {
  expect(() => commandsAfter('README.md', 'No such line')).toThrow('README.md has no commands after "No such line');
});
