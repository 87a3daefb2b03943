import { expect, it } from 'vitest';
import { check } from '../http.ts';
import { eventsQuery, notificationsQuery } from './list-queries.ts';

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
