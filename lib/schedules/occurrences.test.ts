import { describe, expect, it } from 'vitest';
import { makeTimetable, type ScheduleTiming } from './occurrences.ts';

const occurrences = (time: string, timing: ScheduleTiming, count = 3): string[] => {
  const timetable = makeTimetable(timing);
  const found: string[] = [];
  for (let at = timetable.next(Date.parse(time)); at !== undefined && found.length < count; at = timetable.next(at))
    found.push(new Date(at).toISOString().slice(0, 16));
  return found;
};

describe('the instants of a schedule', () => {
  it('are local times of its zone, UTC by default', () => {
    expect(occurrences('2026-06-05T12:00Z', { cron: '0 9 * * mon-fri' }, 2)).toEqual([
      '2026-06-08T09:00',
      '2026-06-09T09:00',
    ]);
    expect(occurrences('2026-06-05T12:00Z', { cron: '0 9 * * mon-fri', timezone: 'America/New_York' }, 2)).toEqual([
      '2026-06-05T13:00',
      '2026-06-08T13:00',
    ]);
  });

  it('move on by the gap where the zone skips them, and go back to their time', () => {
    expect(occurrences('2026-03-28T00:00Z', { cron: '30 2 * * *', timezone: 'Europe/Berlin' })).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:30',
      '2026-03-30T00:30',
    ]);
  });

  it('are the first of two where the zone has them twice', () => {
    expect(occurrences('2026-10-24T12:00Z', { cron: '30 2 * * *', timezone: 'Europe/Berlin' }, 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it('are one where two fall together, in the order of time', () => {
    const timing = { cron: '0,30 2,3 * * *', timezone: 'Europe/Berlin' };
    expect(occurrences('2026-03-28T12:00Z', timing, 4)).toEqual([
      '2026-03-29T01:00',
      '2026-03-29T01:30',
      '2026-03-30T00:00',
      '2026-03-30T00:30',
    ]);
  });

  it('move on by a whole day where the zone skips one', () => {
    expect(occurrences('2011-12-29T12:00Z', { cron: '0 12 30,31 12 *', timezone: 'Pacific/Apia' }, 2)).toEqual([
      '2011-12-30T22:00',
      '2012-12-29T22:00',
    ]);
  });

  it('begin at `start` and stop at `end`, both included, in the zone where they have no offset', () => {
    const timing = {
      cron: '0 9 * * *',
      timezone: 'Asia/Tokyo',
      start: '2026-06-10T09:00',
      end: '2026-06-11T00:00:00Z',
    };
    expect(occurrences('2026-06-01T00:00Z', timing)).toEqual(['2026-06-10T00:00', '2026-06-11T00:00']);
  });

  it('end where the calendar has none', () => {
    expect(occurrences('2026-06-01T00:00Z', { cron: '0 0 30 2 *' })).toEqual([]);
    expect(occurrences('2026-06-01T00:00Z', { cron: '0 0 29 2 *' }, 2)).toEqual([
      '2028-02-29T00:00',
      '2032-02-29T00:00',
    ]);
  });

  it('can be asked for the last one by a time, over any distance', () => {
    const timetable = makeTimetable({ cron: '*/5 * * * *' });
    const last = (from: string, until: string) => timetable.last(Date.parse(from), Date.parse(until));
    expect(last('2016-01-01T00:00Z', '2026-06-01T12:04:59Z')).toBe(Date.parse('2026-06-01T12:00Z'));
    expect(last('2026-06-01T12:00Z', '2026-06-01T12:05Z')).toBe(Date.parse('2026-06-01T12:05Z'));
    expect(last('2026-06-01T12:00Z', '2026-06-01T12:04Z')).toBeUndefined();
  });
});
