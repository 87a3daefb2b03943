/** SIGKILL every 1 to 2 s. */
import { storm } from '../process.ts';
import type { Scenario } from '../scenario.ts';
import type { ChaosStack } from '../stack.ts';

const kills = (
  name: string,
  isShort: boolean,
  victims: (stack: ChaosStack) => Parameters<typeof storm>[0],
): Scenario => ({
  name: `SIGKILL storm: ${name}`,
  isShort,
  play: async (stack, { faultMs }) => {
    await storm(victims(stack), 2 * faultMs);
    await Promise.all([stack.aws, ...stack.services].map((one) => one.ready()));
  },
  met: (stack) => victims(stack).reduce((sum, one) => sum + one.endings().length, 0),
});

export const killScenarios: Scenario[] = [
  kills('service', true, ({ services }) => services),
  kills('local AWS', true, ({ aws }) => [aws]),
  kills('both', false, ({ aws, services }) => [aws, ...services]),
];
