import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueConsumer, ReceivedMessage } from '../aws/queue-consumer.ts';
import { log } from '../telemetry.ts';
import { type BatchesOptions, makeBatches } from './batches.ts';
import { makePressure, type Pressure } from './pressure.ts';
import { makeSlots } from './slots.ts';

const WAIT_SECONDS = 20;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** Short receives that help the long one while batches come back full; one process has no use for more. */
const HELPERS_MAX = 3;
/** Batches that a busy process takes without a pause. */
const BUSY_BATCHES = 8;
/** A busy process pauses this long before each further batch: it takes more only as fast as it can use, and never stops. */
const BUSY_PAUSE_MS = 250;

export interface PollerOptions extends BatchesOptions {
  consumer: QueueConsumer;
  /** Messages per invocation, 1-10. */
  batchSize: number;
  /** Batches in flight at once. */
  concurrency: number;
  /** Called with every batch that arrives. */
  onBatch?: (messages: ReceivedMessage[]) => void;
  /** Uniform in [0, 1), for the back-off. */
  fraction: () => number;
  /** Injected by tests. */
  pressure?: Pressure;
}

export interface Poller {
  /** Ends the polling at once, waits for what is under way at most `graceMs`, deletes what finished. */
  stop(graceMs: number): Promise<void>;
}

/** Says once that a queue is gone, and once that it is back. */
const makeReachability = (queue: string) => {
  let failures = 0;
  return {
    ok: (): void => {
      if (failures > 0) log.info('queue reachable again', { queue, failures });
      failures = 0;
    },
    failed: (error: unknown): void => {
      if (failures === 0) log.warn('queue unreachable', { queue, error });
      failures += 1;
    },
    /** Jittered, so that many pollers do not come back together. */
    backOffMs: (fraction: number): number => {
      const ceilingMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** failures);
      return BACKOFF_MIN_MS + fraction * (ceilingMs - BACKOFF_MIN_MS);
    },
  };
};

/** Work under way, to be waited for. */
const makeUnderWay = () => {
  const all = new Set<Promise<void>>();
  return {
    add: (work: Promise<void>): void => {
      const tracked = work.finally(() => all.delete(tracked));
      all.add(tracked);
    },
    /** Resolves when nothing is left, what is added meanwhile included, or after `graceMs`. */
    settled: async (graceMs: number): Promise<void> => {
      const grace = new AbortController();
      const over = sleep(graceMs, undefined, { signal: grace.signal }).catch(() => {});
      const done = (async () => {
        while (all.size > 0) await Promise.all(all);
      })();
      await Promise.race([done, over]);
      grace.abort();
    },
  };
};

/**
 * Polls one queue and invokes a handler as Lambda's event source mapping does: partial failures stay in the queue until
 * their visibility timeout ends, everything else is deleted. One long poll when idle; under load a few receives at once,
 * as long as there is room for their batches, each batch independent of the others. While the queue cannot be reached it
 * tries on, every 5 s at the latest, and says so once.
 */
export const startPoller = (options: PollerOptions): Poller => {
  const slots = makeSlots(options.concurrency);
  const batches = makeBatches(options);
  const reachability = makeReachability(options.queue);
  const underWay = makeUnderWay();
  const stopping = new AbortController();
  const { signal } = stopping;
  const pressure = options.pressure ?? makePressure();
  let helpers = 0;
  let batchEnded = (): void => {};

  const isFull = (): boolean => slots.taken() > BUSY_BATCHES && pressure.busy();

  /** Many batches at once help as long as they wait for others' servers; a busy process they would only fill. */
  const unhurried = async (): Promise<void> => {
    if (!isFull()) return;
    const pause = new AbortController();
    batchEnded = () => pause.abort();
    await sleep(BUSY_PAUSE_MS, undefined, { signal: AbortSignal.any([pause.signal, signal]) }).catch(() => {}); // aborted: go on at once
  };

  /** Takes over the slot that was taken for the receive. */
  const begin = (messages: ReceivedMessage[]): void => {
    if (messages.length === 0) slots.give();
    else if (signal.aborted) underWay.add(batches.release(messages).finally(slots.give));
    else {
      options.onBatch?.(messages);
      underWay.add(
        batches.process(messages).finally(() => {
          slots.give();
          batchEnded();
        }),
      );
      if (messages.length === options.batchSize) help();
    }
  };

  const receive = async (waitSeconds: number): Promise<boolean> => {
    try {
      const messages = await options.consumer.receive({ count: options.batchSize, waitSeconds, signal });
      reachability.ok();
      begin(messages);
      return true;
    } catch (error) {
      slots.give();
      if (!signal.aborted) reachability.failed(error);
      return false;
    }
  };

  const help = (): void => {
    if (helpers >= HELPERS_MAX || isFull() || !slots.tryTake()) return;
    helpers += 1;
    const helping = receive(0).then(() => {
      helpers -= 1;
    });
    underWay.add(helping);
  };

  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      await unhurried();
      await slots.take();
      if (signal.aborted) return;
      if (await receive(WAIT_SECONDS)) continue;
      await sleep(reachability.backOffMs(options.fraction()), undefined, { signal }).catch(() => {}); // aborted: the loop ends
    }
  };

  const polling = poll();
  return {
    stop: async (graceMs) => {
      stopping.abort();
      slots.give(); // the loop may be waiting for a slot: let it see that it is over
      await polling;
      await underWay.settled(graceMs);
      await batches.flush();
    },
  };
};
