import { describe, expect, it } from 'vitest';
import { dueTime, type Timing } from './due-time.ts';
import { withoutAnnotations } from './time-annotations.ts';

const NOW = Date.parse('2026-12-01T00:00:00Z');
const pointers = (timing: Timing) => withoutAnnotations(timing).errors.map(({ pointer }) => pointer);

describe('a time with its zone in brackets', () => {
  it.each<[Timing, string, string]>([
    [{ send_at: '2027-06-01T09:00+02:00[Europe/Berlin]' }, 'Europe/Berlin', '2027-06-01T07:00:00Z'],
    [{ send_at: '2027-06-01T09:00[Europe/Berlin]' }, 'Europe/Berlin', '2027-06-01T07:00:00Z'],
    [{ send_at: '2027-06-01[Europe/Berlin]' }, 'Europe/Berlin', '2027-05-31T22:00:00Z'],
    [{ send_at: '2027-06-01T09:00Z[Europe/Berlin]' }, 'Europe/Berlin', '2027-06-01T09:00:00Z'],
    [{ send_at: '2027-06-01T09:00+0200[!Europe/Berlin]' }, 'Europe/Berlin', '2027-06-01T07:00:00Z'],
    [{ send_at: '2027-06-01 09:00[Japan][u-ca=iso8601][foo=bar]' }, 'Japan', '2027-06-01T00:00:00Z'],
    [{ send_at: '2027-06-01T09:00[Japan][!u-ca=iso8601]' }, 'Japan', '2027-06-01T00:00:00Z'],
    // Both offsets are the zone's at that local time.
    [{ send_at: '2027-10-31T02:30+02:00[Europe/Berlin]' }, 'Europe/Berlin', '2027-10-31T00:30:00Z'],
    [{ send_at: '2027-10-31T02:30+01:00[Europe/Berlin]' }, 'Europe/Berlin', '2027-10-31T01:30:00Z'],
    [{ send_at: '2027-06-01T09:00[Asia/Kolkata]', timezone: 'asia/calcutta' }, 'asia/calcutta', '2027-06-01T03:30:00Z'],
  ])('%j is in %s', (given, zone, instant) => {
    const { timing, errors } = withoutAnnotations(given);
    expect([errors, timing.timezone]).toEqual([[], zone]);
    expect(dueTime(timing, NOW)).toEqual({ sendAt: Date.parse(instant) });
  });

  it('is a target as well, from which a lead goes back', () => {
    const { timing } = withoutAnnotations({ target_date: '2027-06-01T09:00[Europe/Berlin]', lead_time_days: 100 });
    expect(dueTime(timing, NOW)).toMatchObject({ sendAt: Date.parse('2027-02-21T08:00:00Z') });
  });

  it('may have annotations without a zone', () => {
    const given = { send_at: '2027-06-01T09:00+02:00[u-ca=iso8601]' };
    expect(withoutAnnotations(given)).toEqual({ timing: { send_at: '2027-06-01T09:00+02:00' }, errors: [] });
  });

  it.each<[Timing, string]>([
    [{ send_at: '2027-06-01T09:00+03:00[Europe/Berlin]' }, '/send_at'],
    [{ target_date: '2027-01-01T09:00+02:00[Europe/Berlin]' }, '/target_date'],
    [{ send_at: '2027-03-28T02:30+01:00[Europe/Berlin]' }, '/send_at'],
    [{ send_at: '2027-06-01T09:00[Europe/Berlin]', timezone: 'Europe/Paris' }, '/timezone'],
    [{ send_at: '2027-06-01T09:00[Mars/Olympus]' }, '/send_at'],
    [{ send_at: '2027-06-01T09:00[+02:00]' }, '/send_at'],
    [{ send_at: '2027-06-01T09:00[]' }, '/send_at'],
    [{ send_at: '2027-06-01T09:00[Europe/Berlin][Europe/Berlin]' }, '/send_at'],
    [{ send_at: '2027-06-01T09:00[foo=bar][Europe/Berlin]' }, '/send_at'],
    [{ send_at: '2027-06-01T09:00[Europe/Berlin][u-ca=hebrew]' }, '/send_at'],
    [{ send_at: '2027-06-01T09:00[Europe/Berlin][!foo=bar]' }, '/send_at'],
  ])('%j is refused at %s', (given, pointer) => {
    expect(pointers(given)).toEqual([pointer]);
  });

  it.each(['soon[Europe/Berlin]', '2027-02-30[UTC]', '2027-06-01T09:00[UTC', '2027-06-01T09:00]', '[UTC]', ''])(
    'leaves %j, which is no time, to the check of its form',
    (send_at) => {
      expect(withoutAnnotations({ send_at })).toEqual({ timing: { send_at }, errors: [] });
    },
  );
});
