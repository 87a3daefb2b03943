import { describe, expect, it, vi } from 'vitest';
import { makeTestClock } from '../testing/clock.ts';
import { makeHealthService } from './service.ts';

const OUTAGE_MS = 60_000;
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const make = () => {
  const clock = makeTestClock();
  const dynamodb = vi.fn<() => Promise<void>>(async () => {});
  const well = async (): Promise<void> => {};
  const service = makeHealthService({ clock, log, version: '1', probes: { dynamodb, sqs: well, scheduler: well } });
  const statusOf = async (what: 'check' | 'ready') => {
    const { status, dependencies } = await service[what]();
    return [status, dependencies.dynamodb.status];
  };
  return { clock, dynamodb, statusOf };
};
const refuse = async (): Promise<void> => {
  throw new Error('refused');
};
const silent = (): Promise<void> => new Promise(() => {});

describe('readiness', () => {
  it('stays ok for a minute of an outage, which health reports at once, and then says it too', async () => {
    const { clock, dynamodb, statusOf } = make();
    expect(await statusOf('ready')).toEqual(['ok', 'ok']);
    dynamodb.mockImplementation(refuse);
    clock.pass(2_000);
    expect(await statusOf('check')).toEqual(['unavailable', 'unavailable']);
    expect(await statusOf('ready')).toEqual(['ok', 'unavailable']);
    clock.pass(OUTAGE_MS);
    expect(await statusOf('ready')).toEqual(['unavailable', 'unavailable']);
    dynamodb.mockImplementation(async () => {});
    clock.pass(11_000);
    expect(await statusOf('ready')).toEqual(['ok', 'ok']);
  });

  it('asks the dependencies once in ten seconds, however often it is asked', async () => {
    const { clock, dynamodb, statusOf } = make();
    for (let seconds = 0; seconds < 10; seconds += 2) {
      await statusOf('ready');
      clock.pass(2_000);
    }
    expect(dynamodb).toHaveBeenCalledTimes(1);
    clock.pass(1_000);
    await statusOf('ready');
    expect(dynamodb).toHaveBeenCalledTimes(2);
  });

  it('is not there before everything was well once', async () => {
    const { dynamodb, statusOf } = make();
    dynamodb.mockImplementation(refuse);
    expect(await statusOf('ready')).toEqual(['unavailable', 'unavailable']);
  });

  it('answers by what was last known while a dependency is silent', async () => {
    vi.useFakeTimers();
    try {
      const { clock, dynamodb, statusOf } = make();
      await statusOf('ready');
      dynamodb.mockImplementation(silent);
      clock.pass(11_000);
      const asked = statusOf('ready');
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await asked).toEqual(['ok', 'ok']);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await statusOf('ready')).toEqual(['ok', 'unavailable']);
    } finally {
      vi.useRealTimers();
    }
  });
});
