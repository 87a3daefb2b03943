import { afterEach, expect, it, vi } from 'vitest';
import { schedulerLog } from './notice.ts';

afterEach(() => vi.useRealTimers());

const start = () => {
  const logged: string[] = [];
  const note = (message: string): void => void logged.push(message);
  const lines: string[] = [];
  const log = schedulerLog({ debug: note, info: note, warn: note, error: note }, (line) => lines.push(line));
  return { log, logged, lines };
};

it('a warning is logged, and shown as one line', () => {
  const { log, logged, lines } = start();
  log.info('schedule.attempt_failed', { group: 'default', schedule: 'a', error: 'out of order' });
  log.warn('schedule.cannot_fire', { group: 'default', schedule: 'b', reason: 'Only SQS targets are invoked here' });
  log.warn('schedule.attempt_failed', { group: 'default', schedule: 'c', error: 'No such queue' });
  expect(logged).toEqual(['schedule.attempt_failed', 'schedule.cannot_fire', 'schedule.attempt_failed']);
  expect(lines).toEqual([
    'schedule default/b cannot fire: Only SQS targets are invoked here',
    'schedule default/c failed: No such queue',
  ]);
});

it('warnings of one target and reason are shown once a minute, then by their number', () => {
  vi.useFakeTimers();
  const { log, logged, lines } = start();
  const warn = (target: string): void =>
    log.warn('schedule.attempt_failed', { group: 'default', schedule: 'a', target, error: 'No such queue' });
  for (let n = 0; n < 1_000; n += 1) warn('one');
  warn('other');
  expect(logged).toHaveLength(1_001);
  const line = 'schedule default/a failed: No such queue';
  expect(lines.splice(0)).toEqual([line, line]);
  vi.advanceTimersByTime(60_000);
  expect(lines.splice(0)).toEqual(['999 more in the last minute: schedule failed: No such queue']);
  warn('one');
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([line]);
});
