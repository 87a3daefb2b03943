import * as z from 'zod';
import { pagingQuery } from '../schema/paging.ts';
import { filter } from '../schema/text.ts';
import { timeQuery } from '../schema/time-schemas.ts';

export const eventsQuery = z.object({
  ...pagingQuery,
  type: filter(128, 'Events of this type alone.'),
  source: filter(256, 'Events of this source alone.'),
  since: timeQuery.meta({ description: 'Accepted at or after.' }),
  until: timeQuery.meta({ description: 'Accepted before.' }),
});
