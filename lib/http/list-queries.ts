/** The filters of the lists; the doors and the documentation share them. */
import * as z from 'zod';
import { statusSchema } from '../notifications/notification.ts';
import { pagingQuery, timeQuery } from './paging.ts';

/** No record has a longer one, and DynamoDB takes keys of 2,048 bytes at most: beyond that a filter would be a 5xx. */
const filter = (max: number) => z.string().max(max, `must be at most ${max} characters`).optional();

export const eventsQuery = z.object({
  ...pagingQuery,
  type: filter(128),
  source: filter(256),
  since: timeQuery.meta({ description: 'Accepted at or after.' }),
  until: timeQuery.meta({ description: 'Accepted before.' }),
});

export const endpointsQuery = z.object(pagingQuery);

export const notificationsQuery = z.object({
  ...pagingQuery,
  status: statusSchema.optional(),
  entity_id: filter(256),
  notification_type: filter(64),
  due_after: timeQuery.meta({ description: 'Due at or after.' }),
  due_before: timeQuery.meta({ description: 'Due before.' }),
});
