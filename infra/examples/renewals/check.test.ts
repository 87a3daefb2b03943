import { describe, expect, it } from 'vitest';
import { localTime, wrongOf } from './check.ts';
import { makeCustomers } from './customers.ts';
import { bodyOf, expectedOf, type Reminder, subjectOf } from './reminders.ts';

const [berlin] = makeCustomers(1, 'run', '2027-03-15');
const reminderOf = (leadDays: number): Reminder => {
  if (!berlin) throw new Error('There is no customer');
  return { customer: berlin, leadDays, id: 'ntf_1' };
};
// The renewal is on 29 March, a day after the clocks went forward: 09:00 is 08:00Z the week before,
// and 07:00Z the day before.
const week = {
  to: 'customer-001@run.example.com',
  subject: subjectOf(7),
  body: bodyOf('2027-03-29'),
  received_at: '2027-03-22T08:00:00.004Z',
};
const day = { ...week, subject: subjectOf(1), received_at: '2027-03-28T07:00:00.004Z' };
const expected = [reminderOf(7), reminderOf(1)];

describe('the check of what arrived', () => {
  it('finds nothing wrong when each mail is there once, at 09:00 local time', () => {
    expect(wrongOf(expected, [day, week])).toEqual([]);
  });

  it.each([
    ['a mail that is missing', [day], /"Your subscription renews in 7 day\(s\)" did not arrive/],
    ['one that came twice', [day, week, week], /arrived 2 times/],
    [
      'one an hour late',
      [day, { ...week, received_at: '2027-03-22T09:00:00Z' }],
      /arrived at 2027-03-22T10:00, not at 2027-03-22T09:00/,
    ],
    ['one that is early', [week, { ...day, received_at: '2027-03-28T06:59:59Z' }], /arrived at 2027-03-28T08:59/],
    ['one on the wrong day', [week, { ...day, received_at: '2027-03-27T08:00:00Z' }], /arrived at 2027-03-27T09:00/],
    [
      'one that names another day',
      [day, { ...week, body: bodyOf('2027-04-01') }],
      /says "On 2027-04-01 .*", not "On 2027-03-29 /,
    ],
    [
      'one that is not expected',
      [day, week, { ...day, to: 'customer-007@run.example.com' }],
      /customer-007.* arrived, and should not/,
    ],
  ])('finds %s', (_, mails, says) => {
    expect(wrongOf(expected, mails)).toEqual([expect.stringMatching(says)]);
  });

  it('reads the wall clock of a zone', () => {
    expect(localTime('2027-01-01T00:30:00Z', 'America/New_York')).toBe('2026-12-31T19:30');
    expect(localTime('2027-01-01T00:00:00Z', 'Asia/Kolkata')).toBe('2027-01-01T05:30');
    expect(localTime('2027-01-01T00:00:00Z', 'UTC')).toBe('2027-01-01T00:00');
  });
});

describe('what is to arrive', () => {
  const as = (change: 'moves' | 'leaves' | 'earlier', leadDays: number): Reminder => {
    const { customer, ...reminder } = reminderOf(leadDays);
    return { ...reminder, customer: { ...customer, change } };
  };

  it('is nothing for who leaves', () => expect(expectedOf(as('leaves', 7))).toEqual([]));

  it('is on another day for who moves', () => {
    expect(expectedOf(as('moves', 7))).toMatchObject([{ customer: { renewsOn: '2027-04-01' }, leadDays: 7 }]);
  });

  it('is earlier for the last reminder of who wants that', () => {
    expect([7, 1].flatMap((leadDays) => expectedOf(as('earlier', leadDays)))).toMatchObject([
      { leadDays: 7 },
      { leadDays: 3 },
    ]);
  });
});
