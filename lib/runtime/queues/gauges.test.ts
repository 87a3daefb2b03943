import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock, useClock } from '../../platform/clock.ts';
import type { Sink } from '../../telemetry/index.ts';
import { useSink } from '../../telemetry/index.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { type QueueGauges, startQueueGauges } from './gauges.ts';

const clock = makeTestClock();
const recorded: unknown[] = [];
const sink: Sink = {
  record: (name, labels, value) => recorded.push([name, labels.queue, value]),
  flush: () => {},
  text: async () => '',
};
let gauges: QueueGauges;

beforeEach(() => {
  vi.useFakeTimers();
  useClock(clock);
  useSink(sink);
  gauges = startQueueGauges('jobs', async () => 3);
});
afterEach(() => {
  gauges.stop();
  useClock(systemClock);
  vi.useRealTimers();
});

it('the age of the oldest message is real time, which an advance of the virtual clock does not move', async () => {
  const message = { messageId: 'm', receiptHandle: 'r', body: '', attributes: { SentTimestamp: String(clock.real()) } };
  clock.pass(2_000);
  clock.advance(7 * 86_400_000);
  gauges.seen([message]);
  recorded.length = 0;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(recorded).toEqual([
    ['event_system_queue_oldest_age_seconds', 'jobs', 2],
    ['event_system_queue_depth', 'jobs', 3],
  ]);
});
