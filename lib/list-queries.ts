/** The filters of the lists; the doors and the documentation share them. */
import * as z from 'zod';
import { STATUSES } from './notification.ts';
import { pagingQuery, timeQuery } from './paging.ts';

export const eventsQuery = z.object({
  ...pagingQuery,
  type: z.string().optional(),
  source: z.string().optional(),
  since: timeQuery.meta({ description: 'Accepted at or after.' }),
  until: timeQuery.meta({ description: 'Accepted before.' }),
});

export const notificationsQuery = z.object({
  ...pagingQuery,
  status: z.enum(STATUSES).optional(),
  entity_id: z.string().optional(),
  notification_type: z.string().optional(),
  due_after: timeQuery.meta({ description: 'Due at or after.' }),
  due_before: timeQuery.meta({ description: 'Due before.' }),
});
