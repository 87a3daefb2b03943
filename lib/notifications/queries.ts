import * as z from 'zod';
import { pagingQuery } from '../schema/paging.ts';
import { filter } from '../schema/text.ts';
import { timeQuery } from '../schema/time-schemas.ts';
import { statusSchema } from './notification.ts';

export const notificationsQuery = z.object({
  ...pagingQuery,
  status: statusSchema.optional().meta({ description: 'Notifications in this status alone.' }),
  entity_id: filter(256, 'Notifications about this entity alone.'),
  notification_type: filter(64, 'Notifications of this type alone.'),
  due_after: timeQuery.meta({ description: 'Due at or after.' }),
  due_before: timeQuery.meta({ description: 'Due before.' }),
});
