import { describe, expect, it } from 'vitest';
import { check } from '../schema/validate.ts';
import { type Window, windowAt, windowSchema } from './window.ts';

const errorsOf = (window: object) => check(windowSchema, { from: '09:00', until: '18:00', ...window }, []).errors ?? [];
/** When it opens and closes, as seen at a time. */
const span = (window: Window, timezone: string, at: string) => {
  const { opens, closes } = windowAt(window, timezone, Date.parse(at));
  return [opens, closes].map((time) => new Date(time).toISOString().slice(0, 16));
};

describe('what a client gives', () => {
  it('is taken with or without days, zone and what to do outside', () => {
    expect(errorsOf({})).toEqual([]);
    expect(errorsOf({ days: ['sun'], from: '23:00', until: '00:00', timezone: 'Asia/Tokyo', outside: 'drop' })).toEqual(
      [],
    );
  });

  it.each([
    [
      'the same times',
      { from: '18:00' },
      '/until',
      'must be another time than from; leave the window out to send at any time',
    ],
    ['no time of day', { until: '24:00' }, '/until', 'must be a time of day as HH:MM, from 00:00 to 23:59'],
    ['seconds', { from: '09:00:00' }, '/from', 'must be a time of day as HH:MM, from 00:00 to 23:59'],
    ['no day', { days: [] }, '/days', 'must name at least one day'],
    ['a day twice', { days: ['mon', 'mon'] }, '/days', 'must name each day once'],
    ['an unknown member', { until2: '1' }, '/until2', 'is not known'],
  ])('with %s is refused by field and rule', (_, window, pointer, detail) => {
    expect(errorsOf(window)).toEqual([{ pointer, detail }]);
  });

  it('says of each wrong value where it stands', () => {
    const wrong = errorsOf({ days: ['monday'], outside: 'wait' });
    expect(wrong.map(({ pointer }) => pointer)).toEqual(['/days/0', '/outside']);
  });
});

describe('a window', () => {
  const office: Window = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', until: '18:00' };

  it('is open from its first instant to before its last', () => {
    const today = ['2027-06-01T09:00', '2027-06-01T18:00'];
    expect(span(office, 'UTC', '2027-06-01T09:00:00Z')).toEqual(today);
    expect(span(office, 'UTC', '2027-06-01T17:59:59.999Z')).toEqual(today);
    expect(span(office, 'UTC', '2027-06-01T08:59:59.999Z')).toEqual(today);
    expect(span(office, 'UTC', '2027-06-01T18:00:00Z')).toEqual(['2027-06-02T09:00', '2027-06-02T18:00']);
  });

  it('opens after the weekend on Monday, by the days of its zone', () => {
    expect(span(office, 'UTC', '2027-06-04T18:00Z')).toEqual(['2027-06-07T09:00', '2027-06-07T18:00']);
    // In Auckland it is Saturday already, and Monday begins on Sunday.
    expect(span(office, 'Pacific/Auckland', '2027-06-04T18:00Z')).toEqual(['2027-06-06T21:00', '2027-06-07T06:00']);
  });

  it('may span midnight: its days name the day on which it opens', () => {
    const night: Window = { days: ['fri'], from: '22:00', until: '06:00' };
    expect(span(night, 'UTC', '2027-06-05T05:59:59Z')).toEqual(['2027-06-04T22:00', '2027-06-05T06:00']);
    expect(span(night, 'UTC', '2027-06-05T06:00Z')).toEqual(['2027-06-11T22:00', '2027-06-12T06:00']);
  });

  it('opens later by the gap where its time is skipped, and at the earlier one where it is doubled', () => {
    const early: Window = { from: '02:30', until: '06:00' };
    expect(span(early, 'Europe/Berlin', '2027-03-28T00:00Z')).toEqual(['2027-03-28T01:30', '2027-03-28T04:00']);
    expect(span(early, 'Europe/Berlin', '2027-10-31T00:00Z')).toEqual(['2027-10-31T00:30', '2027-10-31T05:00']);
    const late: Window = { from: '01:00', until: '02:30' };
    expect(span(late, 'Europe/Berlin', '2027-03-28T00:00Z')).toEqual(['2027-03-28T00:00', '2027-03-28T01:30']);
    expect(span(late, 'Europe/Berlin', '2027-10-30T23:00Z')).toEqual(['2027-10-30T23:00', '2027-10-31T00:30']);
  });

  it('does not open on the day on which a gap swallows it', () => {
    const swallowed: Window = { days: ['sun'], from: '02:30', until: '03:15' };
    expect(span(swallowed, 'Europe/Berlin', '2027-03-27T00:00Z')).toEqual(['2027-04-04T00:30', '2027-04-04T01:15']);
  });
});
