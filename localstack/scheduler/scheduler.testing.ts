/** The scheduler over HTTP with the SDK, a clock that tests move, and queues in memory. */
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll } from 'vitest';
import type { Clock } from '../../lib/platform/clock.ts';
import type { BatchEntry } from '../sqs/message.ts';
import { makeScheduler } from './index.ts';
import type { SendBatch } from './types.ts';

export const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:work';
export const DLQ = 'arn:aws:sqs:us-east-1:000000000000:dead';
export const ROLE = 'arn:aws:iam::000000000000:role/scheduler';
export const START = Date.parse('2026-11-22T10:00:00Z');

/** `pass` moves business time and real time together, `advance` business time alone. */
export const makeTestClock = (start = START) => {
  let real = start;
  let offset = 0;
  const clock: Clock = { now: () => real + offset, real: () => real, monotonic: () => real, jumpedTo: () => 0 };
  return {
    ...clock,
    pass: (ms: number) => {
      real += ms;
    },
    advance: (ms: number) => {
      offset += ms;
    },
  };
};

export type Sent = BatchEntry & { queueArn: string };

/** In-memory queues: `refuse` decides what fails; `received(n)` waits for the nth message. */
export interface Queues {
  sent: Sent[];
  /** The number of entries of each call. */
  calls: number[];
  refuse(queueArn: string, entry: BatchEntry): string | { code: string; message: string } | undefined;
  exists(queueArn: string): boolean;
  sendBatch: SendBatch;
  received(count: number): Promise<void>;
}

const makeQueues = (): Queues => {
  const sent: Sent[] = [];
  const calls: number[] = [];
  const waiters: { count: number; resolve(): void }[] = [];
  const queues: Queues = {
    sent,
    calls,
    refuse: () => undefined,
    exists: () => true,
    sendBatch: async (queueArn, entries) => {
      calls.push(entries.length);
      const failed = [];
      for (const entry of entries) {
        const refusal = queues.refuse(queueArn, entry);
        if (typeof refusal === 'object') failed.push({ id: entry.id, ...refusal });
        else if (refusal) failed.push({ id: entry.id, message: refusal, code: 'TestFailure' });
        else sent.push({ ...entry, queueArn });
      }
      for (const waiter of waiters) if (sent.length >= waiter.count) waiter.resolve();
      return { failed };
    },
    received: (count) =>
      sent.length >= count ? Promise.resolve() : new Promise((resolve) => waiters.push({ count, resolve })),
  };
  return queues;
};

export const temporaryDirectory = () => mkdtempSync(join(tmpdir(), 'scheduler-'));

/** Everything that is due is sent and recorded within a few turns of the event loop. */
export const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

export const startKit = async (options: { directory?: string; random?: () => number; clock?: TestClock } = {}) => {
  const { directory = temporaryDirectory(), random = () => 0.5, clock = makeTestClock() } = options;
  const queues = makeQueues();
  const logged: { level: string; message: string; fields: Record<string, unknown> | undefined }[] = [];
  const note = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void logged.push({ level, message, fields });
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const queueExists = (queueArn: string) => queues.exists(queueArn);
  const scheduler = makeScheduler({ directory, clock, random, sendBatch: queues.sendBatch, queueExists, log });
  const server = createServer(scheduler.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SchedulerClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  return {
    ...{ client, clock, directory, endpoint, logged, queues, scheduler },
    /** Real and business time pass, and what is due by then is sent and recorded. */
    async pass(ms: number) {
      clock.pass(ms);
      scheduler.wake();
      await settled();
    },
    async advance(ms: number) {
      clock.advance(ms);
      scheduler.wake();
      await settled();
    },
    async close() {
      client.destroy();
      server.close();
      server.closeAllConnections();
      await scheduler.close();
    },
  };
};

export type TestClock = ReturnType<typeof makeTestClock>;
export type Kit = Awaited<ReturnType<typeof startKit>>;

/** A minimal request of CreateSchedule, with changes. */
export const schedule = <T extends object>(changes: T) => ({
  Name: 'one',
  ScheduleExpression: 'at(2026-11-23T10:00:00)',
  FlexibleTimeWindow: { Mode: 'OFF' as const },
  Target: { Arn: QUEUE, RoleArn: ROLE, Input: '{"n":1}' },
  ...changes,
});

/** One scheduler for the tests of a file. */
export const useScheduler = (): Kit => {
  const kit = {} as Kit;
  beforeAll(async () => {
    Object.assign(kit, await startKit());
  });
  afterAll(() => kit.close());
  return kit;
};

export const create = ({ client }: Pick<Kit, 'client'>, changes: object) =>
  client.send(new CreateScheduleCommand(schedule(changes)));
