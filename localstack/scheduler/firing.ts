import { type Batch, type Delivery, makeBatches, makeDelivery } from './delivery.ts';
import type { Invocation } from './types.ts';

/** Invocations in flight, and calls to queues. */
const IN_FLIGHT_MAX = 1_000;
const SENDS_MAX = 16;
/**
 * The longest timer: after a laptop's sleep or a step of the wall clock, firing is late by this at
 * most. It also stays below setTimeout's limit of 24.8 days.
 */
const SLEEP_MAX_MS = 60_000;
/** A message that was sent and could not be recorded is sent again after this. */
const UNRECORDED_PAUSE_MS = 5_000;

/** Read once: between two readings a time would be neither due nor ahead. */
interface Reading {
  /** Business time, epoch ms. */
  now: number;
  /** Wall-clock time, epoch ms. */
  real: number;
}

const keyOf = ({ schedule, retryId }: Invocation) => (retryId === undefined ? `s${schedule.id}` : `r${retryId}`);

/**
 * A timer to the next time to fire. What is due is read in order from the store, at most
 * `IN_FLIGHT_MAX` at a time, and is in flight until its outcome is stored.
 */
export const makeFiring = (options: Delivery) => {
  const { store, clock, log } = options;
  const { deliver, counters } = makeDelivery(options);
  const inFlight = new Set<string>();
  const waiting: Batch[] = [];
  const sending = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const dueInvocations = ({ now, real: firstAt }: Reading): Invocation[] => {
    const free = IN_FLIGHT_MAX - inFlight.size;
    const found: Invocation[] = [];
    for (const retry of store.retries.due(firstAt, IN_FLIGHT_MAX)) {
      if (found.length >= free) return found;
      const schedule = inFlight.has(`r${retry.id}`) ? undefined : store.schedules.byId(retry.schedule_id);
      const { id: retryId, occurrence, attempt, first_at } = retry;
      if (schedule) found.push({ schedule, occurrence, attempt, firstAt: first_at, retryId });
    }
    for (const id of store.schedules.due(now, IN_FLIGHT_MAX)) {
      if (found.length >= free) return found;
      const schedule = inFlight.has(`s${id}`) ? undefined : store.schedules.byId(id);
      if (schedule?.next) found.push({ schedule, occurrence: schedule.next.occurrence, attempt: 1, firstAt });
    }
    return found;
  };

  const run = async (batch: Batch) => {
    try {
      await deliver(batch);
      for (const { invocation } of batch.items) inFlight.delete(keyOf(invocation));
    } catch (error) {
      // The store failed, by a full disk: what it did not record is sent again after a pause.
      log?.error('outcome of schedules not recorded', { error: String(error) });
      setTimeout(() => {
        for (const { invocation } of batch.items) inFlight.delete(keyOf(invocation));
        pump();
      }, UNRECORDED_PAUSE_MS).unref();
    }
  };

  const sendWaiting = () => {
    while (sending.size < SENDS_MAX) {
      const batch = waiting.shift();
      if (!batch) return;
      const work: Promise<void> = run(batch).then(() => {
        sending.delete(work);
        sendWaiting();
        if (inFlight.size <= IN_FLIGHT_MAX / 2) pump();
      });
      sending.add(work);
    }
  };

  /** What is due by the reading is in flight, or is read again when some has ended. */
  const arm = ({ now, real }: Reading) => {
    clearTimeout(timer);
    const schedule = (store.schedules.nextAt(now) ?? Number.POSITIVE_INFINITY) - now;
    const retry = (store.retries.nextAt(real) ?? Number.POSITIVE_INFINITY) - real;
    const delay = Math.min(schedule, retry) - (clock.real() - real);
    if (delay < Number.POSITIVE_INFINITY)
      timer = setTimeout(pump, Math.max(0, Math.min(Math.ceil(delay), SLEEP_MAX_MS)));
  };

  const pump = () => {
    if (closed) return;
    try {
      const reading = { now: clock.now(), real: clock.real() };
      const due = dueInvocations(reading);
      for (const invocation of due) inFlight.add(keyOf(invocation));
      waiting.push(...makeBatches(due, options));
      sendWaiting();
      arm(reading);
    } catch (error) {
      log?.error('schedules could not be read', { error: String(error) });
      clearTimeout(timer);
      timer = setTimeout(pump, SLEEP_MAX_MS);
    }
  };

  let woken = false;
  return {
    counters,
    isFiring: () => woken || inFlight.size > 0,
    /** Reads what is due after this turn of the event loop: once for a thousand creations. */
    wake() {
      if (woken || closed) return;
      woken = true;
      setImmediate(() => {
        woken = false;
        pump();
      });
    },
    /** Waits for what is being sent; the rest fires after the next start. */
    async close() {
      closed = true;
      clearTimeout(timer);
      waiting.length = 0;
      await Promise.all(sending);
    },
  };
};
