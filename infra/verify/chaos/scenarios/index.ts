import type { Scenario } from '../scenario.ts';
import { makeBulkScenario } from './bulk.ts';
import { dependencyScenarios } from './dependencies.ts';
import { diskScenarios } from './disk.ts';
import { makeJobScenario } from './jobs.ts';
import { killScenarios } from './kills.ts';
import { messageScenarios } from './messages.ts';
import { makeRedriveScenario } from './redrive.ts';
import { makeScheduleScenario } from './schedules.ts';
import { workerScenarios } from './workers.ts';

/** They take longest, and are played first, so that no lane is left with one of them in the end. */
const LONGEST = ['local AWS: killed', 'schedules: none ever', 'SIGKILL storm'];
const isLong = ({ name }: Scenario): boolean =>
  LONGEST.some((begin) => name.startsWith(begin) || name.includes('(refused)'));

const all: readonly Scenario[] = [
  ...workerScenarios,
  ...killScenarios,
  makeRedriveScenario(),
  makeJobScenario(),
  makeBulkScenario(),
  makeScheduleScenario(),
  ...diskScenarios,
  ...messageScenarios,
  ...dependencyScenarios,
];

export const scenarios: readonly Scenario[] = [...all.filter(isLong), ...all.filter((one) => !isLong(one))];
