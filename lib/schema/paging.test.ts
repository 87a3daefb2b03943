import { expect, it } from 'vitest';
import { eventsQuery } from '../events/queries.ts';
import { notificationsQuery } from '../notifications/queries.ts';
import { check } from './validate.ts';

it.each([
  ['type', eventsQuery, 128],
  ['source', eventsQuery, 256],
  ['entity_id', notificationsQuery, 256],
  ['notification_type', notificationsQuery, 64],
] as const)('the filter %s is as long as a record may have it, and no longer', (name, schema, max) => {
  const errorsOf = (length: number) => check(schema, { [name]: 'x'.repeat(length) }, ['query']).errors;
  expect(errorsOf(max)).toBeUndefined();
  expect(errorsOf(max + 1)).toEqual([{ pointer: `/query/${name}`, detail: `must be at most ${max} characters` }]);
});

it.each(['due_after', 'due_before'])('the filter %s says how a + is written where it came as a blank', (name) => {
  const detailOf = (text: string) => check(notificationsQuery, { [name]: text }, ['query']).errors?.[0]?.detail;
  for (const lost of ['2027-06-01T09:00:00 02:00', '2027-06-01T09:00 0200', '2027-06-01 09:00:00.123 05:30'])
    expect(detailOf(lost)).toBe('must be an RFC 3339 time: write the + of its offset as %2B');
  for (const wrong of ['soon', '2027-06-01 0900', '2027-06-31T09:00:00+02:00'])
    expect(detailOf(wrong)).toBe('must be an RFC 3339 time');
  expect(detailOf('2027-06-01T09:00:00+02:00')).toBeUndefined();
});
