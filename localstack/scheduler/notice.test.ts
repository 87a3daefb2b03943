import { expect, test } from 'vitest';
import { schedulerLog } from './notice.ts';

test('a warning goes to the log, and to people as one line', () => {
  const logged: string[] = [];
  const note = (message: string): void => void logged.push(message);
  const lines: string[] = [];
  const log = schedulerLog({ debug: note, info: note, warn: note, error: note }, (line) => lines.push(line));
  log.info('schedule.attempt_failed', { group: 'default', schedule: 'a', error: 'out of order' });
  log.warn('schedule.cannot_fire', { group: 'default', schedule: 'b', reason: 'Only SQS targets are invoked here' });
  log.warn('schedule.attempt_failed', { group: 'default', schedule: 'c', error: 'No such queue' });
  expect(logged).toEqual(['schedule.attempt_failed', 'schedule.cannot_fire', 'schedule.attempt_failed']);
  expect(lines).toEqual([
    'schedule default/b cannot fire: Only SQS targets are invoked here',
    'schedule default/c failed: No such queue',
  ]);
});
