import { describe, expect, it } from 'vitest';
import { isTimeZone, parseTime } from '../schema/time.ts';
import { checkTimingForm, dueTime, mergeTiming, type Timing } from './due-time.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const DAY_MS = 86_400_000;

const dueOf = (timing: Timing, now = NOW): string | string[] => {
  const due = dueTime(timing, now);
  return 'errors' in due
    ? due.errors.map(({ pointer, detail }) => `${pointer} ${detail}`)
    : new Date(due.sendAt).toISOString();
};
const instantOf = (text: string, timezone?: string): string | undefined =>
  parseTime(text, timezone)?.toInstant().toString();

describe('a time', () => {
  const cases: [string, string | undefined, string | undefined][] = [
    ['2027-06-01T09:00:00Z', undefined, '2027-06-01T09:00:00Z'],
    ['2027-06-01t09:00:00z', undefined, '2027-06-01T09:00:00Z'],
    ['2027-06-01 09:00:00+02:00', undefined, '2027-06-01T07:00:00Z'],
    ['2027-06-01T09:00:00+0530', undefined, '2027-06-01T03:30:00Z'],
    // Python's datetime.isoformat(), aware and naive.
    ['2027-06-01T09:00:00.123456+00:00', undefined, '2027-06-01T09:00:00.123456Z'],
    ['2027-06-01T09:00:00.123456', 'Asia/Kolkata', '2027-06-01T03:30:00.123456Z'],
    ['2027-06-01T09:00', undefined, '2027-06-01T09:00:00Z'],
    ['2027-06-01', undefined, '2027-06-01T00:00:00Z'],
    ['2027-06-01', 'America/New_York', '2027-06-01T04:00:00Z'],
    // An offset wins over the zone.
    ['2027-06-01T09:00:00+09:00', 'America/New_York', '2027-06-01T00:00:00Z'],
    ['2028-02-29', undefined, '2028-02-29T00:00:00Z'],
    ['2027-02-29', undefined, undefined],
    ['2027-06-31', undefined, undefined],
    ['2027-13-01', undefined, undefined],
    ['2027-06-01T24:00:00Z', undefined, undefined],
    ['2027-06-01T09:60:00Z', undefined, undefined],
    ['2027-06-01T23:59:60Z', undefined, undefined],
    ['2027-06-01T09:00:00+25:00', undefined, undefined],
    ['2027-06-01T09Z', undefined, undefined],
    ['20270601T090000Z', undefined, undefined],
    ['0000-01-01T00:00:00+14:00', undefined, undefined],
    ['9999-12-31T23:59:59-14:00', undefined, undefined],
    ['1780304400', undefined, undefined],
    ['tomorrow', undefined, undefined],
    ['', undefined, undefined],
  ];
  for (const [text, zone, instant] of cases) {
    it(`${text || '(empty)'} ${zone ?? ''} is ${instant ?? 'refused'}`, () =>
      expect(instantOf(text, zone)).toBe(instant));
  }
});

describe('a local time at a change of clocks', () => {
  const cases: [string, string, string, string][] = [
    ['gap', 'Europe/Berlin', '2027-03-28T02:30', '2027-03-28T01:30:00Z'],
    ['overlap', 'Europe/Berlin', '2027-10-31T02:30', '2027-10-31T00:30:00Z'],
    ['gap', 'America/New_York', '2027-03-14T02:30', '2027-03-14T07:30:00Z'],
    ['overlap', 'America/New_York', '2027-11-07T01:30', '2027-11-07T05:30:00Z'],
    ['gap of half an hour', 'Australia/Lord_Howe', '2027-10-03T02:15', '2027-10-02T15:45:00Z'],
    ['overlap of half an hour', 'Australia/Lord_Howe', '2027-04-04T01:45', '2027-04-03T14:45:00Z'],
    ['no change ever', 'Asia/Kolkata', '2027-03-28T02:30', '2027-03-27T21:00:00Z'],
    ['a day that never was', 'Pacific/Apia', '2011-12-30T12:00', '2011-12-30T22:00:00Z'],
    ['midnight that never was', 'America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z'],
  ];
  for (const [name, zone, local, instant] of cases) {
    it(`${name}: ${local} in ${zone} is ${instant}`, () => expect(instantOf(local, zone)).toBe(instant));
  }
});

describe('due', () => {
  it('is the target less calendar days in its zone, whatever the clocks did in between', () => {
    const timing = { target_date: '2026-04-02T09:00', lead_time_days: 7, timezone: 'Europe/Berlin' };
    expect(dueOf(timing)).toBe('2026-03-26T08:00:00.000Z');
    expect(dueTime(timing, NOW)).toMatchObject({ targetDate: Date.parse('2026-04-02T07:00:00Z') });
    expect(dueOf({ target_date: '2026-04-02T07:00:00Z', lead_time_days: 7 })).toBe('2026-03-26T07:00:00.000Z');
  });

  it('goes back from the local time as said, whatever the clocks did on the day of the target', () => {
    // On each of these days the local time of the target is skipped; 7 days before, it is not.
    const early = Date.parse('2027-01-01T00:00:00Z');
    for (const [target_date, timezone, wanted] of [
      ['2027-04-30', 'Africa/Cairo', '2027-04-22T22:00:00.000Z'],
      ['2027-03-28T02:30', 'Europe/Berlin', '2027-03-21T01:30:00.000Z'],
      ['2027-10-03T02:15', 'Australia/Lord_Howe', '2027-09-25T15:45:00.000Z'],
    ] as const) {
      expect(dueOf({ target_date, lead_time_days: 7, timezone }, early)).toBe(wanted);
    }
    const timing = { target_date: '2027-04-30', lead_time_days: 7, timezone: 'Africa/Cairo' };
    expect(dueTime(timing, early)).toMatchObject({ targetDate: Date.parse('2027-04-29T22:00:00Z') });
  });

  it('is resolved where the clocks change on its own day, and not on that of the target', () => {
    const early = Date.parse('2027-01-01T00:00:00Z');
    const due = (target_date: string) => dueOf({ target_date, lead_time_days: 7, timezone: 'Europe/Berlin' }, early);
    expect(due('2027-04-04T02:30')).toBe('2027-03-28T01:30:00.000Z');
    expect(due('2027-11-07T02:30')).toBe('2027-10-31T00:30:00.000Z');
  });

  it('keeps the very instant of a target with an offset, and its local time in the zone before it', () => {
    const timing = { target_date: '2027-10-31T02:30:00+01:00', timezone: 'Europe/Berlin' };
    expect(dueOf({ ...timing, lead_time_days: 0 })).toBe('2027-10-31T01:30:00.000Z');
    expect(dueOf({ ...timing, lead_time_days: 1 })).toBe('2027-10-30T00:30:00.000Z');
    expect(dueOf({ target_date: timing.target_date, lead_time_days: 1 })).toBe('2027-10-30T01:30:00.000Z');
  });

  it('counts days over a leap day, and from one', () => {
    expect(dueOf({ target_date: '2028-03-01', lead_time_days: 1 })).toBe('2028-02-29T00:00:00.000Z');
    expect(dueOf({ target_date: '2028-02-29', lead_time_days: 365 })).toBe('2027-03-01T00:00:00.000Z');
  });

  it('rounds up to the millisecond', () => {
    expect(dueOf({ send_at: '2026-03-02T00:00:00.0000001Z' })).toBe('2026-03-02T00:00:00.001Z');
    expect(dueOf({ send_at: '2026-03-02T00:00:00.123456+00:00' })).toBe('2026-03-02T00:00:00.124Z');
    expect(dueOf({ send_at: '2026-03-02T00:00:00.123Z' })).toBe('2026-03-02T00:00:00.123Z');
    expect(dueOf({ target_date: '2026-03-09T00:00:00.9999Z', lead_time_days: 7 })).toBe('2026-03-02T00:00:01.000Z');
  });

  it('in the past while the target is ahead is now', () => {
    expect(dueOf({ target_date: '2026-03-02', lead_time_days: 7 })).toBe(new Date(NOW).toISOString());
  });

  it('takes 5 minutes past as now, and a millisecond more for a mistake', () => {
    const at = (ms: number): string => new Date(NOW + ms).toISOString();
    expect(dueOf({ send_at: at(-300_000) })).toBe(at(0));
    expect(dueOf({ send_at: at(-300_001) })).toEqual(['/send_at must not be more than 5 minutes in the past']);
    expect(dueOf({ target_date: at(-300_001), lead_time_days: 0 })).toEqual([
      '/target_date must not be more than 5 minutes in the past',
    ]);
    expect(dueTime({ send_at: at(-DAY_MS) }, NOW, { acceptPast: true })).toEqual({ sendAt: NOW });
  });

  it('ends 10 years ahead', () => {
    expect(dueOf({ send_at: '2036-03-01T12:00:00Z' })).toBe('2036-03-01T12:00:00.000Z');
    expect(dueOf({ send_at: '2036-03-01T12:00:00.001Z' })).toEqual(['/send_at must not be more than 10 years ahead']);
    expect(dueOf({ target_date: '9999-12-31', lead_time_days: 3650 })).toEqual([
      '/target_date must not be more than 10 years ahead',
    ]);
  });
});

describe('the form', () => {
  const pointers = (timing: Timing): string[] => checkTimingForm(timing).map(({ pointer }) => pointer);

  it('is one of the two, never both and never neither', () => {
    expect(pointers({})).toEqual(['/target_date']);
    expect(pointers({ lead_time_days: 3 })).toEqual(['/target_date']);
    expect(pointers({ target_date: '2027-01-01', send_at: '2027-01-01' })).toEqual(['/send_at']);
    expect(pointers({ send_at: '2027-01-01', lead_time_days: 0 })).toEqual(['/lead_time_days']);
    expect(pointers({ target_date: '2027-01-01', lead_time_days: 0 })).toEqual([]);
  });

  it('names every field that is wrong', () => {
    expect(pointers({ send_at: 'soon', timezone: 'Mars/Olympus' })).toEqual(['/timezone', '/send_at']);
  });

  it.each(['UTC', 'utc', 'GMT', 'Japan', 'CET', 'EST5EDT', 'Etc/GMT+5', 'europe/berlin', 'Asia/Calcutta'])(
    'knows the time zone %s',
    (name) => expect(isTimeZone(name)).toBe(true),
  );

  it('knows every zone that the platform names', () => {
    expect(Intl.supportedValuesOf('timeZone').filter((name) => !isTimeZone(name))).toEqual([]);
  });

  it.each([
    '+02:00',
    '-0500',
    '02:00',
    'UTC+2',
    'Z',
    'CEST',
    'IST',
    'Europe',
    'Europe/Atlantis',
    'SystemV/EST5',
    '',
    '../etc/passwd',
  ])('knows no time zone %j', (name) => expect(isTimeZone(name)).toBe(false));
});

describe('a PATCH', () => {
  const given: Timing = { target_date: '2027-01-01', lead_time_days: 3, timezone: 'Europe/Berlin' };

  it('is merged over what was given', () => {
    expect(mergeTiming(given, { lead_time_days: 1 })).toEqual({ ...given, lead_time_days: 1 });
    expect(mergeTiming(given, { timezone: null, lead_time_days: undefined })).not.toHaveProperty('timezone');
    expect(mergeTiming(given, { timezone: 'UTC' })).toEqual({ ...given, timezone: 'UTC' });
  });

  it('that names the other form drops this one', () => {
    expect(mergeTiming(given, { send_at: '2027-02-02' })).toEqual({ send_at: '2027-02-02', timezone: 'Europe/Berlin' });
    expect(mergeTiming({ send_at: '2027-02-02' }, { target_date: '2027-03-03' })).toEqual({
      target_date: '2027-03-03',
    });
  });

  it('that names both, or mixes them, is refused as at creation', () => {
    expect(checkTimingForm(mergeTiming(given, { send_at: '2027-02-02', target_date: '2027-03-03' }))).not.toEqual([]);
    expect(checkTimingForm(mergeTiming(given, { send_at: '2027-02-02', lead_time_days: 1 }))).not.toEqual([]);
    expect(checkTimingForm(mergeTiming({ send_at: '2027-02-02' }, { lead_time_days: 1 }))).not.toEqual([]);
  });
});
