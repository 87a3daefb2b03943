import { describe, expect, it } from 'vitest';
import { makeSchedule } from '../../testing/schedule.ts';
import type { Schedule } from '../schedule.ts';
import { isMissed, planned, upcoming } from './plan.ts';

const MINUTE_MS = 60_000;
const at = (time: string): number => Date.parse(`2026-03-${time}Z`);
const on = (now: number) => ({ now, writeId: 'next', policy: { retentionMs: 30 * 86_400_000 } });

/** As it is between two occurrences: the one before has been made, and is due. */
const waiting = (dueAt: number, changes: Partial<Schedule> = {}): Schedule => {
  const { mark: _, ...schedule } = makeSchedule({ nextCheckAt: dueAt });
  return { ...schedule, occurrence: { at: dueAt, revision: 1, made: true }, ...changes };
};
const next = (schedule: Schedule, now: number) => planned(schedule, on(now));

describe('planning', () => {
  it('names the next occurrence when the one before is due, and not earlier', () => {
    const schedule = waiting(at('02T09:00'));
    expect(next(schedule, at('02T08:59'))).toBe(schedule);
    const after = next(schedule, at('02T09:00'));
    expect(after).toMatchObject({
      ...{ occurrence: { at: at('03T09:00'), revision: 1 }, mark: 'make', made: 2, writeId: 'next' },
      // The index is moved once it is made.
      nextCheckAt: at('02T09:00'),
    });
  });

  it.each([
    ['paused', { pausedAt: 1 }],
    ['ended', { endedAt: 1 }],
    ['deleted', { deletedAt: 1 }],
    ['marked', { mark: 'cancel' as const }],
  ])('leaves one that is %s as it is', (_, changes) => {
    const schedule = waiting(at('02T09:00'), changes);
    expect(next(schedule, at('09T09:00'))).toBe(schedule);
  });

  it('ends after `count`, and after `end`', () => {
    for (const changes of [{ count: 1 }, { end: '2026-03-03T08:59Z' }]) {
      const ended = next(waiting(at('02T09:00'), changes), at('02T09:01'));
      expect(ended).toMatchObject({ made: 1, endedAt: at('02T09:01'), expiresAt: expect.any(Number) });
      expect(ended).not.toHaveProperty('nextCheckAt');
    }
    expect(next(waiting(at('02T09:00'), { end: '2026-03-03T09:00Z' }), at('02T09:01')).mark).toBe('make');
  });

  it('makes what is up to 5 minutes late, whatever `misfire` says', () => {
    for (const misfire of ['skip', 'latest'] as const)
      expect(next(waiting(at('02T09:00'), { misfire }), at('03T09:05')).occurrence?.at).toBe(at('03T09:00'));
  });

  it('makes only the last of those that were missed, by `latest`', () => {
    const schedule = waiting(at('02T09:00'));
    expect(next(schedule, at('05T12:00')).occurrence?.at).toBe(at('05T09:00'));
    expect(next(schedule, at('05T09:02')).occurrence?.at).toBe(at('05T09:00'));
    expect(next(waiting(at('02T09:00'), { end: '2026-03-03' }), at('05T12:00')).endedAt).toBeDefined();
  });

  it('makes none of those that were missed, by `skip`', () => {
    const schedule = waiting(at('02T09:00'), { misfire: 'skip' });
    expect(next(schedule, at('05T12:00')).occurrence?.at).toBe(at('06T09:00'));
    expect(next(schedule, at('05T09:02')).occurrence?.at).toBe(at('05T09:00'));
    expect(next(schedule, at('05T12:00')).made).toBe(2);
  });
});

describe('an occurrence that is still to be made after an outage', () => {
  const named = (changes: Partial<Schedule>) =>
    makeSchedule({ occurrence: { at: at('02T09:00'), revision: 1 }, ...changes });

  it('is made within 5 minutes, and by `latest` until there is a later one', () => {
    expect(isMissed(named({ misfire: 'skip' }), at('02T09:00') + 5 * MINUTE_MS)).toBe(false);
    expect(isMissed(named({ misfire: 'skip' }), at('02T09:00') + 5 * MINUTE_MS + 1)).toBe(true);
    expect(isMissed(named({}), at('03T08:59'))).toBe(false);
    expect(isMissed(named({}), at('03T09:00'))).toBe(true);
  });

  it('is made by `latest` where `count` leaves no later one', () => {
    expect(isMissed(named({ count: 1, made: 1 }), at('05T09:00'))).toBe(false);
    expect(isMissed(named({ count: 2, made: 1 }), at('05T09:00'))).toBe(true);
  });
});

describe('what is shown of the future', () => {
  const days = (schedule: Schedule, now: number, max = 3) =>
    upcoming(schedule, now, max).map((time) => new Date(time).getUTCDate());

  it('begins with the planned occurrence while that is ahead', () => {
    const schedule = waiting(at('02T09:00'));
    expect(days(schedule, at('02T08:00'))).toEqual([2, 3, 4]);
    expect(days(schedule, at('02T09:00'))).toEqual([3, 4, 5]);
  });

  it('has no more than `count` and `end` leave', () => {
    expect(days(waiting(at('02T09:00'), { count: 2 }), at('02T08:00'))).toEqual([2, 3]);
    expect(days(waiting(at('02T09:00'), { count: 2 }), at('02T09:30'))).toEqual([3]);
    expect(days(waiting(at('02T09:00'), { end: '2026-03-03' }), at('02T08:00'))).toEqual([2]);
  });

  it('is nothing while it is paused, has ended, or is deleted', () => {
    for (const changes of [{ pausedAt: 1 }, { endedAt: 1 }, { deletedAt: 1 }])
      expect(days(waiting(at('02T09:00'), changes), at('02T08:00'))).toEqual([]);
  });
});
