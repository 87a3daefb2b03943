import { isUnavailable } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Due, OpenIndex } from '../../store/open-index.ts';
import type { Log } from '../../telemetry/log-interface.ts';
import type { Metrics } from '../../telemetry/metrics.ts';

/** When an item that cannot be handled, such as one whose field key is missing, is looked at again. */
const POSTPONED_MS = 10 * 60_000;

/**
 * What fails by itself is put off, so that it does not hide what is behind it on the index; its
 * number and the log tell of it. An outage concerns all: what it met stays due. Never rejects.
 */
export const makeSetAside =
  (ports: { open: Pick<OpenIndex, 'postpone'>; clock: Clock; log: Log; metrics: Metrics }) =>
  async (due: Pick<Due, 'id' | 'nextCheckAt'>, error: unknown): Promise<void> => {
    const fields = { id: due.id, error: String(error) };
    if (isUnavailable(error)) return ports.log.warn('reconcile.unavailable', fields);
    ports.log.error('reconcile.item_failed', fields);
    try {
      await ports.open.postpone(due, ports.clock.now() + POSTPONED_MS);
      ports.metrics.reconciled({ kind: 'postponed' });
    } catch (failure) {
      ports.log.warn('reconcile.postpone_failed', { id: due.id, error: String(failure) });
    }
  };
