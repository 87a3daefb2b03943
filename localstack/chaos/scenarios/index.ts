import type { Scenario } from '../scenario.ts';
import { dependencyScenarios } from './dependencies.ts';
import { diskScenarios } from './disk.ts';
import { killScenarios } from './kills.ts';
import { messageScenarios } from './messages.ts';
import { makeRedriveScenario } from './redrive.ts';
import { workerScenarios } from './workers.ts';

/** All of them; those that take longest first, so that no lane is left with one of them in the end. */
export const scenarios: readonly Scenario[] = [
  ...workerScenarios,
  ...killScenarios,
  makeRedriveScenario(),
  ...diskScenarios,
  ...messageScenarios,
  ...dependencyScenarios,
];
