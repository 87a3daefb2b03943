import { describe, expect, it } from 'vitest';
import { cronProblem } from './cron.ts';

describe('a cron expression', () => {
  it.each([
    ['0 9 * * mon-fri'],
    ['*/5 * * * *'],
    ['0-59/5 8-18 * * *'],
    ['58,0 9 * * *'],
    ['0 0 L * *'],
    ['0 9 * * FRI#L'],
    ['0 9 * * 1#2,3#2'],
    ['0 9 1,15 jan-mar sun'],
    ['0 9 29 2 *'],
    ['0 9 * * 7'],
    [' 0  9 * * 1\n'],
  ])('%j is accepted', (cron) => expect(cronProblem(cron)).toBeUndefined());

  it.each([
    ['* * * * *', 'at least 5 minutes'],
    ['*/4 * * * *', 'at least 5 minutes'],
    ['*/7 * * * *', 'at least 5 minutes'],
    ['0,3 9 * * *', 'at least 5 minutes'],
    ['58,0 9,10 * * *', 'at least 5 minutes'],
    ['58,0 0,23 * * *', 'at least 5 minutes'],
    ['0 0 9 * * *', '5 fields'],
    ['0 9 * *', '5 fields'],
    ['@daily', '5 fields'],
    ['2027-01-01T00:00:00', '5 fields'],
    ['', '5 fields'],
    ['0 9 15W * *', 'alone in its fields'],
    ['0 9 ? * *', 'alone in its fields'],
    ['0 9 1 * +mon', 'alone in its fields'],
    ['0 24 * * *', 'must be a cron expression'],
    ['0 9 * * mon-', 'must be a cron expression'],
    ['0 9 * foo *', 'alone in its fields'],
    ['0 9 * * 5#6', 'must be a cron expression'],
    ['0/5 9 * * *', 'must be a cron expression'],
    ['*/0 9 * * *', 'must be a cron expression'],
  ])('%j is refused', (cron, rule) => expect(cronProblem(cron)).toContain(rule));
});
