import { setTimeout as systemSleep } from 'node:timers/promises';
import type { QueueConsumer, ReceivedMessage } from '../../aws/queues/queue-consumer.ts';
import { makeSemaphore } from '../../concurrency/semaphore.ts';
import { withTimeout } from '../../concurrency/with-timeout.ts';
import { isBulkGroup } from '../../schema/priority.ts';
import { log } from '../../telemetry/index.ts';
import { type BatchesOptions, makeBatches } from './batches.ts';
import { type EventLoopUtilization, makeEventLoopUtilization } from './event-loop-utilization.ts';

const WAIT_SECONDS = 20;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/**
 * How long the last receive may still bring something before it is broken off: what SQS hands out to a
 * connection that is being cut is invisible until its visibility timeout ends.
 */
const LAST_RECEIVE_MS = 500;
/** Short receives that help the long one while batches come back full; one process has no use for more. */
const HELPERS_MAX = 3;
/** Messages that a busy process takes without a pause. */
const BUSY_MESSAGES = 80;
/** Of the places, those of a busy process too. SQS hands out other groups first, and they find a place. */
const BULK_SHARE = 0.5;
/**
 * Of many places, for what comes last: a group that fills all of them while its receiver is slow would keep
 * a quiet one's message out until it answers. SQS hands out the quiet one's first.
 */
const LAST_SHARE = 0.1;
const MANY_BATCHES = 10;
/**
 * A full process pauses this long before each further receive, unless as many have ended meanwhile:
 * it takes more only as fast as it can use, and never stops.
 */
const FULL_PAUSE_MS = 250;

export interface PollerOptions extends BatchesOptions {
  consumer: QueueConsumer;
  /** Messages per receive, 1-10. */
  batchSize: number;
  /**
   * Messages per invocation: each releases its permits when it is done, whatever happens to those
   * it came with.
   */
  perInvocation: number;
  /** Messages in flight at once. */
  concurrency: number;
  /** Called with every batch that arrives. */
  onBatch?: (messages: ReceivedMessage[]) => void;
  /** Uniform in [0, 1), for the back-off. */
  fraction: () => number;
  /** Injected by tests. */
  utilization?: EventLoopUtilization;
  sleep?: (ms: number, value: undefined, options: { signal: AbortSignal }) => Promise<unknown>;
}

export interface Poller {
  /** Ends the polling, waits for what is in flight at most `graceMs`, deletes what finished. */
  stop(graceMs: number): Promise<void>;
}

/** Says once that a queue is gone, and once that it is back. */
const makeReachability = (queue: string) => {
  let failures = 0;
  return {
    ok: (): void => {
      if (failures > 0) log.info('queue.reachable', { queue, failures });
      failures = 0;
    },
    failed: (error: unknown): void => {
      if (failures === 0) log.warn('queue.unreachable', { queue, error });
      failures += 1;
    },
    /** Jittered, so that many pollers do not come back together. */
    backOffMs: (fraction: number): number => {
      const ceilingMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** failures);
      return BACKOFF_MIN_MS + fraction * (ceilingMs - BACKOFF_MIN_MS);
    },
  };
};

const countBulk = (messages: ReceivedMessage[]): number =>
  messages.filter(({ attributes }) => isBulkGroup(attributes.MessageGroupId ?? '')).length;

/** Work in flight, to be waited for. */
const makeInFlight = () => {
  const all = new Set<Promise<void>>();
  return {
    add: (work: Promise<void>): void => {
      const tracked = work.finally(() => all.delete(tracked));
      all.add(tracked);
    },
    /** Resolves when nothing is left, what is added meanwhile included, or after `graceMs`. */
    settled: async (graceMs: number): Promise<void> => {
      const done = (async () => {
        while (all.size > 0) await Promise.all(all);
      })();
      await withTimeout(done, graceMs).catch(() => undefined); // what is left comes again
    },
  };
};

/**
 * Polls one queue as Lambda's event source mapping does: what failed stays until its visibility timeout ends,
 * the rest is deleted. While the queue cannot be reached it tries every 5 s, and logs so once.
 */
export const startPoller = (options: PollerOptions): Poller => {
  const permits = makeSemaphore(options.concurrency);
  const batches = makeBatches(options);
  const reachability = makeReachability(options.queue);
  const inFlight = makeInFlight();
  const stopping = new AbortController();
  const { signal } = stopping;
  const receiving = new AbortController();
  const { utilization = makeEventLoopUtilization(), sleep = systemSleep } = options;
  let helpers = 0;
  let ended = 0;
  let bulk = 0;
  const nothing = (): void => {};
  let messagesEnded = nothing;

  const hasMany = options.concurrency >= MANY_BATCHES * options.batchSize;
  const inHaste = options.concurrency * (hasMany ? 1 - LAST_SHARE : 1);

  const isFull = (): boolean => {
    const places = utilization.isHigh() ? Math.min(BUSY_MESSAGES, options.concurrency) : inHaste;
    return permits.held() > places || bulk > places * BULK_SHARE;
  };

  /**
   * Many messages at once help as long as they wait for others' servers; a busy process they would
   * only fill.
   */
  const unhurried = async (): Promise<void> => {
    if (!isFull()) return;
    const pause = new AbortController();
    const enough = ended + options.batchSize;
    messagesEnded = () => {
      if (ended < enough) return;
      messagesEnded = nothing;
      pause.abort();
    };
    // Rejects when aborted: then it goes on at once.
    await sleep(FULL_PAUSE_MS, undefined, { signal: AbortSignal.any([pause.signal, signal]) }).catch(() => {});
  };

  const invoke = async (messages: ReceivedMessage[]): Promise<void> => {
    const bulkOfThese = countBulk(messages);
    bulk += bulkOfThese;
    await batches.process(messages);
    bulk -= bulkOfThese;
    permits.release(messages.length);
    ended += messages.length;
    messagesEnded();
  };

  /** They have their permits; each invocation releases its own. */
  const begin = (messages: ReceivedMessage[]): void => {
    if (messages.length === 0) return;
    if (signal.aborted) {
      inFlight.add(batches.release(messages));
      return;
    }
    options.onBatch?.(messages);
    for (let first = 0; first < messages.length; first += options.perInvocation)
      inFlight.add(invoke(messages.slice(first, first + options.perInvocation)));
    if (messages.length === options.batchSize) help();
  };

  /** @param count permits taken for what it brings; the rest is released */
  const receive = async (count: number, waitSeconds: number): Promise<boolean> => {
    try {
      const messages = await options.consumer.receive({ count, waitSeconds, signal: receiving.signal });
      permits.release(count - messages.length);
      reachability.ok();
      begin(messages);
      return true;
    } catch (error) {
      permits.release(count);
      if (!signal.aborted) reachability.failed(error);
      return false;
    }
  };

  const help = (): void => {
    if (helpers >= HELPERS_MAX || isFull()) return;
    const count = permits.tryAcquire(options.batchSize);
    if (count === 0) return;
    helpers += 1;
    const helping = receive(count, 0).then(() => {
      helpers -= 1;
    });
    inFlight.add(helping);
  };

  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      await unhurried();
      const count = await permits.acquire(options.batchSize);
      if (signal.aborted) return;
      if (await receive(count, WAIT_SECONDS)) continue;
      // Rejects when aborted: then the loop ends.
      await sleep(reachability.backOffMs(options.fraction()), undefined, { signal }).catch(() => {});
    }
  };

  const polling = poll();
  return {
    stop: async (graceMs) => {
      stopping.abort();
      const last = setTimeout(() => receiving.abort(), Math.min(LAST_RECEIVE_MS, graceMs));
      permits.release(1); // the loop may be waiting for a permit: let it see that it is over
      await polling;
      await inFlight.settled(graceMs);
      clearTimeout(last);
      await batches.flush();
    },
  };
};
