import type { SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import type { QueueConsumer } from '../../aws/queues/queue-consumer.ts';
import { batch } from '../../queue/pipeline.ts';
import { log } from '../../telemetry/index.ts';
import { lambdaContext } from '../../testing/http-events.ts';
import { type SqsFixture, startSqs } from '../../testing/sqs.ts';
import { type Poller, type PollerOptions, startPoller } from './poller.ts';

const QUEUE = 'jobs';
let sqs: SqsFixture;
let poller: Poller | undefined;

/**
 * What is in hand comes again after this time: longer than any test is held up, but for the one
 * that waits for it.
 */
const startQueue = async (visibilitySeconds = 60): Promise<void> => {
  sqs = await startSqs(QUEUE, { VisibilityTimeout: String(visibilitySeconds) });
};
beforeEach(() => startQueue());
afterEach(async () => {
  await poller?.stop(1_000);
  poller = undefined;
  await sqs.stop();
});

const poll = (invoke: PollerOptions['invoke'], options: Partial<PollerOptions> = {}): void => {
  const arn = `arn:aws:sqs:us-east-1:000000000000:${QUEUE}`;
  const defaults = { queue: QUEUE, arn, region: 'us-east-1', consumer: sqs.consumer, batchSize: 10 };
  const sizes = { perInvocation: 10, concurrency: 100 };
  poller = startPoller({ ...defaults, ...sizes, fraction: () => 0, invoke, ...options });
};

/** A queue handler over `{ n }`, and a way to wait until `n` has been handled `times` times. */
const recording = (handle: (n: number) => Promise<void> = async () => {}) => {
  const seen: number[] = [];
  const waiting: { n: number; times: number; resolve: () => void }[] = [];
  const count = (n: number) => seen.filter((each) => each === n).length;
  const handler = batch(z.object({ n: z.number() }), async ({ n }) => {
    seen.push(n);
    for (const each of waiting) if (count(each.n) >= each.times) each.resolve();
    await handle(n);
  });
  const until = (n: number, times = 1): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ n, times, resolve });
    if (count(n) >= times) resolve();
    return promise;
  };
  return { seen, until, invoke: (event: SQSEvent) => handler(event, lambdaContext()) };
};

const send = (n: number) => sqs.server.sendMessage(QUEUE, JSON.stringify({ n }));
const left = () => {
  const messages = sqs.server.inspectQueue(QUEUE)?.messages;
  return { ready: messages?.ready.length, inflight: messages?.inflight.length };
};

it('hands every message to the handler and deletes what was handled', async () => {
  const { seen, until, invoke } = recording();
  for (let n = 1; n <= 25; n += 1) send(n);
  poll(invoke);
  await Promise.all(Array.from({ length: 25 }, (_, index) => until(index + 1)));
  await poller?.stop(1_000);
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  expect(left()).toEqual({ ready: 0, inflight: 0 });
});

it('leaves what failed to its visibility timeout, and a poisoned message fails alone', async () => {
  await sqs.stop();
  await startQueue(3);
  const failing = new Set([2]);
  const { seen, until, invoke } = recording(async (n) => {
    if (failing.delete(n)) throw new Error('not this time');
  });
  sqs.server.sendMessage(QUEUE, 'poison');
  for (const n of [1, 2, 3]) send(n);
  poll(invoke);
  await until(2, 2);
  await poller?.stop(1_000);
  expect(seen.toSorted()).toEqual([1, 2, 2, 3]);
  const { ready = 0, inflight = 0 } = left();
  expect(ready + inflight).toBe(1);
});

it('takes a handler that throws as the failure of its whole batch', async () => {
  const began = Promise.withResolvers<void>();
  send(1);
  poll(async () => {
    began.resolve();
    throw new Error('no');
  });
  await began.promise;
  await poller?.stop(1_000);
  expect(left()).toEqual({ ready: 0, inflight: 1 });
});

it('goes on with other batches beside a slow one, up to the limit', async () => {
  const stuck = Promise.withResolvers<void>();
  const { until, seen, invoke } = recording((n) => (n <= 2 ? stuck.promise : Promise.resolve()));
  poll(invoke, { concurrency: 3, batchSize: 1 });
  send(1);
  await until(1);
  send(2);
  await until(2);
  send(3);
  await until(3);
  stuck.resolve();
  expect(seen).toEqual([1, 2, 3]);
});

it('receives no more than it has permits for', async () => {
  const stuck = Promise.withResolvers<void>();
  const { until, seen, invoke } = recording(() => stuck.promise);
  for (const n of [1, 1, 1, 1, 1]) send(n);
  poll(invoke, { concurrency: 2, batchSize: 1 });
  await until(1, 2);
  expect(await sqs.consumer.waiting()).toBe(3);
  expect(seen).toHaveLength(2);
  stuck.resolve();
  await until(1, 5);
});

it('releases the permit of a message when it is done, whatever those it came with still do', async () => {
  const stuck = Promise.withResolvers<void>();
  const { until, seen, invoke } = recording((n) => (n === 1 ? stuck.promise : Promise.resolve()));
  for (let n = 1; n <= 10; n += 1) send(n);
  poll(invoke, { concurrency: 10, perInvocation: 1 });
  await until(10);
  for (let n = 11; n <= 40; n += 1) send(n);
  await Promise.all(Array.from({ length: 39 }, (_, index) => until(index + 2)));
  expect(seen.filter((n) => n === 1)).toHaveLength(1);
  stuck.resolve();
});

it('deletes what single invocations have finished ten to a call', async () => {
  const sizes: number[] = [];
  const counting: QueueConsumer = {
    ...sqs.consumer,
    delete: (handles) => {
      sizes.push(handles.length);
      return sqs.consumer.delete(handles);
    },
  };
  const { until, invoke } = recording();
  for (let n = 1; n <= 40; n += 1) send(n);
  poll(invoke, { consumer: counting, perInvocation: 1 });
  await Promise.all(Array.from({ length: 40 }, (_, index) => until(index + 1)));
  await poller?.stop(1_000);
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(40);
  expect(sizes.length).toBeLessThanOrEqual(8);
  expect(left()).toEqual({ ready: 0, inflight: 0 });
});

it('does not wait for an idle long poll when it stops', async () => {
  const asked = Promise.withResolvers<void>();
  const watched: QueueConsumer = {
    ...sqs.consumer,
    receive: (options) => {
      asked.resolve();
      return sqs.consumer.receive(options);
    },
  };
  poll(async () => {}, { consumer: watched });
  await asked.promise;
  const startedAt = performance.now();
  await poller?.stop(5_000);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

it('lets what is in flight finish when it stops, and deletes it', async () => {
  const stuck = Promise.withResolvers<void>();
  const { until, invoke } = recording(() => stuck.promise);
  send(1);
  poll(invoke);
  await until(1);
  const stopped = poller?.stop(5_000);
  stuck.resolve();
  await stopped;
  expect(left()).toEqual({ ready: 0, inflight: 0 });
});

it('does not wait for what never ends', async () => {
  const { until, invoke } = recording(() => new Promise(() => {}));
  send(1);
  poll(invoke);
  await until(1);
  await poller?.stop(50);
  expect(left()).toEqual({ ready: 0, inflight: 1 });
});

it('gives back what arrives while it stops', async () => {
  const { seen, invoke } = recording();
  poll(invoke);
  const stopped = poller?.stop(5_000);
  send(1);
  await stopped;
  expect(seen).toEqual([]);
  expect(left()).toEqual({ ready: 1, inflight: 0 });
});

it('comes back by itself after an outage, and says so once', async () => {
  const warn = vi.spyOn(log, 'warn');
  const info = vi.spyOn(log, 'info');
  const lines = (spy: typeof warn, line: string) => spy.mock.calls.filter(([message]) => message === line).length;
  const { until, invoke } = recording();
  poll(invoke);
  send(1);
  await until(1);
  await sqs.outage();
  await vi.waitUntil(() => lines(warn, 'queue.unreachable') > 0, { interval: 10, timeout: 15_000 });
  await sqs.recover();
  send(2);
  await until(2);
  expect(lines(warn, 'queue.unreachable')).toBe(1);
  expect(lines(info, 'queue.reachable')).toBe(1);
  vi.restoreAllMocks();
});

const paced = async (messages: number, options: Partial<PollerOptions>): Promise<number[]> => {
  const finish = Promise.withResolvers<void>();
  const { invoke } = recording(() => finish.promise);
  const at: number[] = [];
  const last = Promise.withResolvers<void>();
  for (let n = 1; n <= messages; n += 1) send(n);
  poll(invoke, {
    ...options,
    onBatch: (batch) => {
      options.onBatch?.(batch);
      at.push(performance.now());
      if (at.length === messages / 10) last.resolve();
    },
  });
  await last.promise;
  finish.resolve();
  return at;
};

it('takes more only with a pause before each batch while the process is busy, and still goes on', async () => {
  const at = await paced(110, { concurrency: 1_000, utilization: { isHigh: () => true } });
  // Nine go at once, the two after them one pause apart each.
  expect((at[10] ?? 0) - (at[8] ?? 0)).toBeGreaterThan(400);
});

it('takes more with such a pause once bulk has half of its places, so that the other half is left for the rest', async () => {
  const receive: QueueConsumer['receive'] = async (options) =>
    (await sqs.consumer.receive(options)).map((message) => ({
      ...message,
      attributes: { ...message.attributes, MessageGroupId: 'acme.bulk' },
    }));
  let batches = 0;
  const pausedAfter: number[] = [];
  await paced(160, {
    ...{ concurrency: 200, utilization: { isHigh: () => false }, onBatch: () => (batches += 1) },
    consumer: { ...sqs.consumer, receive },
    sleep: async () => void pausedAfter.push(batches),
  });
  // More than half of 200 places are taken by the eleventh batch of ten.
  expect(Math.min(...pausedAfter)).toBeGreaterThan(10);
});

it('takes the last tenth of many places with such a pause, so that one group does not fill them at once', async () => {
  let batches = 0;
  const pausedAfter: number[] = [];
  await paced(200, {
    ...{ concurrency: 200, utilization: { isHigh: () => false }, onBatch: () => (batches += 1) },
    sleep: async () => void pausedAfter.push(batches),
  });
  // Up to four receives have their places before their batches are here.
  expect(Math.min(...pausedAfter)).toBeGreaterThanOrEqual(14);
  expect(pausedAfter.length).toBeGreaterThan(0);
});
