import * as z from 'zod';
import { pagingQuery } from '../schema/paging.ts';
import { filter } from '../schema/text.ts';
import { timeQuery } from '../schema/time-schemas.ts';
import { isOpen, type Notification, STATUSES, type Status } from './notification.ts';

const OPEN = STATUSES.filter((status) => isOpen({ status }));
const WORDS = [...STATUSES, 'open'];
const LIST_OF_WORDS = new RegExp(`^(${WORDS.join('|')})(,(${WORDS.join('|')}))*$`);

const statusesOf = (text: string): Status[] =>
  text.split(',').flatMap((word) => (word === 'open' ? OPEN : STATUSES.filter((status) => status === word)));

const statusQuery = z
  .string()
  .max(256, 'must be at most 256 characters')
  .regex(LIST_OF_WORDS, `must be one or more of ${WORDS.join(', ')}, separated by commas`)
  .transform(statusesOf)
  .optional()
  .meta({
    description: `Notifications in one of these statuses, separated by commas; \`open\` stands for ${OPEN.join(', ')}.`,
    examples: ['open'],
  });

export const notificationsQuery = z.object({
  ...pagingQuery,
  status: statusQuery,
  entity_id: filter(256, 'Notifications about this entity alone.'),
  group: filter(256, 'Notifications of this group alone.'),
  notification_type: filter(64, 'Notifications of this type alone.'),
  due_after: timeQuery.meta({ description: 'Due at or after.' }),
  due_before: timeQuery.meta({ description: 'Due before.' }),
});

type Filters = Pick<z.output<typeof notificationsQuery>, 'status' | 'due_after' | 'due_before'>;

/** By the filters that no index serves: a page may be short, and still have a next one. */
export const matcherOf =
  ({ status, due_after: after, due_before: before }: Filters) =>
  (item: Notification): boolean =>
    (status === undefined || status.includes(item.status)) &&
    (after === undefined || item.sendAt >= after) &&
    (before === undefined || item.sendAt < before);
