import type { Check } from '../check.ts';
import type { Phase } from '../runner.ts';
import { batches } from './batches.ts';
import { bulk } from './bulk.ts';
import { delivery } from './delivery.ts';
import { endpoints } from './endpoints.ts';
import { erasure } from './erasure.ts';
import { events } from './events.ts';
import { input } from './input.ts';
import { jobs } from './jobs.ts';
import { keys } from './keys.ts';
import { lateness } from './lateness.ts';
import { clock, inbox } from './local.ts';
import { notifications } from './notifications.ts';
import { lists } from './paging.ts';
import { retries } from './retries.ts';
import { passing, schedules } from './schedules.ts';
import { states } from './states.ts';
import { system } from './system.ts';
import { timeToAct } from './time-to-act.ts';

const CONTRACT_AT_ONCE = 4;
/** They mostly wait, for due times and delays. */
const DELIVERY_AT_ONCE = 10;

const isWanted = ({ group, name }: Check, only: readonly string[]): boolean =>
  only.length === 0 || only.some((text) => `${group}: ${name}`.toLowerCase().includes(text));

interface Wanted {
  only: readonly string[];
  deliveries: number;
  atOnce?: number;
}

/** Lateness is taken while nothing else runs; the clock is moved last, since every check sees that. */
export const phasesOf = ({ only, deliveries, atOnce = Number.POSITIVE_INFINITY }: Wanted): Phase[] => {
  const phases: Phase[] = [
    {
      checks: [...system, ...events, ...notifications, ...batches, ...schedules, ...input, ...lists],
      atOnce: CONTRACT_AT_ONCE,
    },
    {
      checks: [
        ...keys,
        ...states,
        ...bulk,
        ...delivery,
        ...retries,
        ...timeToAct,
        ...endpoints,
        ...erasure,
        ...jobs,
        ...inbox,
      ],
      atOnce: DELIVERY_AT_ONCE,
    },
    { checks: lateness(deliveries), atOnce: 1 },
    { checks: [...clock, ...passing], atOnce: 1 },
  ];
  return phases.map((phase) => ({
    checks: phase.checks.filter((one) => isWanted(one, only)),
    atOnce: Math.min(phase.atOnce, atOnce),
  }));
};
