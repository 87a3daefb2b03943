import { randomUUID } from 'node:crypto';
import type { SQSEvent } from 'aws-lambda';
import { random } from '../../platform/random.ts';
import { invoke, type LoadedFunction } from '../serverless/handlers.ts';
import { startWatchdog } from '../watchdog.ts';
import { startQueueGauges } from './gauges.ts';
import { startPoller } from './poller.ts';
import type { QueueSource } from './queues.ts';

/**
 * Messages at once. Delivery waits for other people's servers, so many; the rest is short work of
 * our own, which delays requests.
 */
const CONCURRENCY = { DeliveryQueue: 1_000, other: 20 };
/** The schedule sends one a minute: two missed, and the runtime does it itself. */
const RECONCILE_AFTER_MS = 120_000;

interface WorkersOptions {
  sources: QueueSource[];
  functions: ReadonlyMap<string, LoadedFunction>;
  region: string;
  /**
   * Messages in flight at once, by the queue's logical id; instead of 1,000 for delivery and 20 for
   * the others.
   */
  concurrency: Record<string, number>;
  reconcileAfterMs?: number;
}

export interface Workers {
  stop(graceMs: number): Promise<void>;
}

const isDelivery = ({ resource }: QueueSource): boolean => resource === 'DeliveryQueue';

const concurrencyOf = (source: QueueSource, given: Record<string, number>): number => {
  const wanted = given[source.resource] ?? (isDelivery(source) ? CONCURRENCY.DeliveryQueue : CONCURRENCY.other);
  const { maximumConcurrency, batchSize } = source;
  return maximumConcurrency === undefined ? wanted : Math.min(wanted, maximumConcurrency * batchSize);
};

const reconcileEvent = (source: QueueSource, region: string): SQSEvent => {
  const now = String(Date.now());
  const attributes = {
    ApproximateReceiveCount: '1',
    SentTimestamp: now,
    SenderId: 'runtime',
    ApproximateFirstReceiveTimestamp: now,
  };
  const record = { messageId: randomUUID(), receiptHandle: '', body: '{"kind":"reconcile"}', attributes };
  const origin = { eventSource: 'aws:sqs', eventSourceARN: source.arn, awsRegion: region };
  return { Records: [{ ...record, ...origin, messageAttributes: {}, md5OfBody: '' }] };
};

const startWorker = (source: QueueSource, options: WorkersOptions): Workers => {
  const loaded = options.functions.get(source.functionName);
  if (!loaded) throw new Error(`${source.functionName} is not loaded`);
  const run = (event: SQSEvent) => invoke(loaded, event, randomUUID());
  const gauges = startQueueGauges(source.queue, source.consumer.waiting);
  const watchdog =
    source.resource === 'ReconcileQueue'
      ? startWatchdog({
          afterMs: options.reconcileAfterMs ?? RECONCILE_AFTER_MS,
          act: () => run(reconcileEvent(source, options.region)),
        })
      : undefined;
  const poller = startPoller({
    ...source,
    region: options.region,
    concurrency: concurrencyOf(source, options.concurrency),
    // On AWS a call costs money, so ten share one; here it costs 0.01 ms, and one receiver that
    // hangs would hold up nine others.
    perInvocation: isDelivery(source) ? 1 : source.batchSize,
    invoke: run,
    fraction: random.fraction,
    onBatch: (messages) => {
      gauges.seen(messages);
      watchdog?.seen();
    },
  });
  return {
    stop: async (graceMs) => {
      gauges.stop();
      watchdog?.stop();
      await poller.stop(graceMs);
    },
  };
};

/** One poller for every queue that serverless.yml gives to a function. */
export const startWorkers = (options: WorkersOptions): Workers => {
  const workers = options.sources.map((source) => startWorker(source, options));
  return {
    stop: async (graceMs) => {
      await Promise.all(workers.map((worker) => worker.stop(graceMs)));
    },
  };
};
