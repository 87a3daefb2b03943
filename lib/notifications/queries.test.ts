import { describe, expect, it } from 'vitest';
import { check } from '../schema/validate.ts';
import { states } from '../testing/states.ts';
import { isOpen, STATUSES } from './notification.ts';
import { matcherOf, notificationsQuery } from './queries.ts';

const items = Object.values(states).map((make) => make());
const matched = (status: string): string[] => {
  const { value, errors } = check(notificationsQuery, { status });
  if (errors) throw new Error(JSON.stringify(errors));
  return [...new Set(items.filter(matcherOf(value)).map((item) => item.status))].toSorted();
};

describe('the filter by status', () => {
  it.each(STATUSES)('takes %s', (status) => {
    expect(matched(status)).toEqual([status]);
  });

  it('takes several, separated by commas, in any order and repeated', () => {
    expect(matched('SENT,FAILED,SENT')).toEqual(['FAILED', 'SENT']);
  });

  it('takes the word open for all that has not ended, also beside others', () => {
    const open = STATUSES.filter((status) => isOpen({ status })).toSorted();
    expect(matched('open')).toEqual(open);
    expect(matched('open,PENDING,SENT')).toEqual([...open, 'SENT'].toSorted());
  });

  it.each(['', 'DONE', 'sent', 'OPEN', 'SENT,', ',SENT', 'SENT, FAILED', 'SENT;FAILED', 'SENT,,FAILED'])(
    'refuses %j, and names the words that there are',
    (status) => {
      const [error] = check(notificationsQuery, { status }).errors ?? [];
      expect(error).toEqual({
        pointer: '/status',
        detail:
          'must be one or more of PENDING, SCHEDULED, SENDING, RETRYING, SENT, FAILED, CANCELED, open, separated by commas',
      });
    },
  );
});
