/** The filters of the lists; the doors and the documentation share them. */
import * as z from 'zod';
import { statusSchema } from '../notifications/notification.ts';
import { pagingQuery, timeQuery } from './paging.ts';

/** No record has a longer one, and DynamoDB takes keys of 2,048 bytes at most: beyond that a filter would be a 5xx. */
const filter = (max: number, description: string) =>
  z.string().max(max, `must be at most ${max} characters`).optional().meta({ description });

export const eventsQuery = z.object({
  ...pagingQuery,
  type: filter(128, 'Events of this type alone.'),
  source: filter(256, 'Events of this source alone.'),
  since: timeQuery.meta({ description: 'Accepted at or after.' }),
  until: timeQuery.meta({ description: 'Accepted before.' }),
});

export const endpointsQuery = z.object(pagingQuery);

export const notificationsQuery = z.object({
  ...pagingQuery,
  status: statusSchema.optional().meta({ description: 'Notifications in this status alone.' }),
  entity_id: filter(256, 'Notifications about this entity alone.'),
  notification_type: filter(64, 'Notifications of this type alone.'),
  due_after: timeQuery.meta({ description: 'Due at or after.' }),
  due_before: timeQuery.meta({ description: 'Due before.' }),
});
