import { clock } from '../platform/clock.ts';
import { log } from '../telemetry/index.ts';

interface Watchdog {
  /** What was waited for has come. */
  seen(): void;
  stop(): void;
}

/**
 * Runs `act` whenever nothing was seen for `afterMs` of real time, and then once per `afterMs`,
 * never two at once.
 */
export const startWatchdog = (options: { afterMs: number; act(): Promise<unknown> }): Watchdog => {
  let lastSeen = clock.monotonic();
  let acting = false;
  const act = async (): Promise<void> => {
    acting = true;
    try {
      await options.act();
    } catch (error) {
      log.warn('reconcile.own_pass_failed', { error });
    } finally {
      acting = false;
    }
  };
  const look = (): void => {
    if (acting || clock.monotonic() - lastSeen < options.afterMs) return;
    lastSeen = clock.monotonic();
    void act();
  };
  const timer = setInterval(look, Math.ceil(options.afterMs / 12));
  return {
    seen: () => {
      lastSeen = clock.monotonic();
    },
    stop: () => clearInterval(timer),
  };
};
