import { withTimeout } from '../concurrency/with-timeout.ts';
import type { Log } from '../telemetry/log-interface.ts';
import type { HandOffStep, Metrics } from '../telemetry/metrics.ts';
import type { Effect } from './state/client-commands.ts';
import type { TimerPort } from './timer.ts';

/** The most that a hand-off may delay the answer to a request. */
const HAND_OFF_MAX_MS = 1_000;

export interface BestEffortPorts {
  metrics: Metrics;
  log: Log;
}

/**
 * Best effort, after the write that is the truth: a failure is logged and counted, never thrown;
 * the reconciler repairs it.
 */
export const makeBestEffort =
  (ports: BestEffortPorts) =>
  async (step: HandOffStep, id: string, work: Promise<unknown>): Promise<void> => {
    try {
      await withTimeout(work, HAND_OFF_MAX_MS);
    } catch (error) {
      ports.metrics.handOffFailed({ step });
      ports.log.warn('hand_off.failed', { step, id, error: String(error) });
      // The loser of the race may still fail later: it has been counted already.
      work.catch(() => undefined);
    }
  };

export const makeHandOff = (ports: { timer: TimerPort; metrics: Metrics; log: Log }) => {
  const bestEffort = makeBestEffort(ports);
  const carryOut = (effect: Effect): Promise<void> => {
    const work = effect.do === 'arm' ? ports.timer.arm(effect.timer) : ports.timer.disarm(effect.timer);
    return bestEffort(effect.do, effect.timer.id, work);
  };
  return async (effects: Effect[]): Promise<void> => {
    await Promise.all(effects.map(carryOut));
  };
};
