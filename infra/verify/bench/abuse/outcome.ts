/** What was measured while an attack ran, and whether it is good enough. */
import { shown } from '../stats.ts';
import type { Got } from './attack.ts';

export interface Memory {
  before: number;
  peak: number;
  /** Some seconds after the attack. */
  after: number;
}

/** What the others felt: the honest load beside the attack. */
export interface Others {
  /** Arrival - due of their deliveries, ms. */
  late: { p99: number; max: number };
  lost: number;
  /** Of their GETs, from the planned time on, ms. */
  get: { p99: number; max: number };
  /** Answers of their GETs and POSTs that were not as expected: what -> how many. */
  refused: Record<string, number>;
}

export interface Measured {
  serviceMb: Memory;
  awsMb: Memory;
  /** Of both processes while the honest load ran. */
  cpuSeconds: { service: number; aws: number };
  seconds: number;
  others: Others;
  got: Got;
}

/** Or the reason why there is no measurement. */
export type Outcome = Measured | { brokeOff: string };

/** One checkout's outcomes, by attack. */
export interface Side {
  commit: string;
  date: string;
  outcomes: Record<string, Outcome>;
}

const GROWTH_MAX_MB = 100;
const KEPT_MAX_MB = 50;
/** More than without an attack, in the same run. */
const OTHERS_P99_MAX_MS = 250;

/** What holds for each attack; then what it alone is about. */
export const COMMON_GOAL = `service +${GROWTH_MAX_MB} MB at most, keeps ${KEPT_MAX_MB}; others: p99 +${OTHERS_P99_MAX_MS} ms at most, all served`;

/**
 * What misses the goal, for people; none: it is met. `peace`: the same run without an attack, 0 ms
 * where it is missing.
 */
export const misses = (outcome: Outcome, peace?: Outcome): string[] => {
  if ('brokeOff' in outcome) return [outcome.brokeOff];
  const { serviceMb, others, got } = outcome;
  const grew = serviceMb.peak - serviceMb.before;
  const kept = serviceMb.after - serviceMb.before;
  const usual = peace && 'others' in peace ? peace.others : { late: { p99: 0 }, get: { p99: 0 } };
  const unserved = Object.values(others.refused).reduce((a, b) => a + b, 0) + others.lost;
  return [
    ...(grew > GROWTH_MAX_MB ? [`grows ${shown(grew)} MB`] : []),
    ...(kept > KEPT_MAX_MB ? [`keeps ${shown(kept)} MB`] : []),
    ...(others.late.p99 <= usual.late.p99 + OTHERS_P99_MAX_MS
      ? []
      : [`others' deliveries ${shown(others.late.p99)} ms late`]),
    ...(others.get.p99 <= usual.get.p99 + OTHERS_P99_MAX_MS ? [] : [`others' GET ${shown(others.get.p99)} ms`]),
    ...(unserved > 0 ? [`${unserved} of others not served`] : []),
    ...(got.isMet === false ? [got.text] : []),
  ];
};
