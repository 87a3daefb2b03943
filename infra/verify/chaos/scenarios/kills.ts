/** SIGKILL every 1 to 2 s. */
import { storm } from '../process.ts';
import type { Scenario } from '../scenario.ts';
import type { Site } from '../site.ts';

const kills = (name: string, isShort: boolean, victims: (site: Site) => Parameters<typeof storm>[0]): Scenario => ({
  name: `SIGKILL storm: ${name}`,
  isShort,
  play: async (site, { faultMs }) => {
    await storm(victims(site), 2 * faultMs);
    await Promise.all([site.aws, ...site.services].map((one) => one.ready()));
  },
  met: (site) => victims(site).reduce((sum, one) => sum + one.endings().length, 0),
});

export const killScenarios: Scenario[] = [
  kills('service', true, ({ services }) => services),
  kills('local AWS', true, ({ aws }) => [aws]),
  kills('both', false, ({ aws, services }) => [aws, ...services]),
];
