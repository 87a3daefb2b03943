/**
 * What each field of a record about a person is classified as. A field that is forgotten fails by
 * its name.
 */

import { describe, expect, it } from 'vitest';
import { rawMessageFields } from '../dead-letters/dead-letter.ts';
import { eventFields } from '../events/event.ts';
import { notificationFields } from '../notifications/notification.ts';
import { scheduleFields } from '../schedules/schedule.ts';
import { erased, type Fields } from '../store/fields.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { states } from '../testing/states.ts';
import { makeMatcher } from './match.ts';

const nouns: Record<string, Fields> = {
  notification: notificationFields,
  event: eventFields,
  schedule: scheduleFields,
  'raw message': rawMessageFields,
};
const rows = Object.entries(nouns).flatMap(([noun, fields]) =>
  Object.entries(fields).flatMap(([name, row]) => (row.derive ? [] : [{ noun, name, row }])),
);
const MARK = 'Ann Mark';
const by = { jobId: 'job', names: (text: string) => text.includes(MARK), token: () => 'random' };

/**
 * What a client can write into a field, with the mark in it; undefined where its schema allows no
 * free text.
 */
const marked = ({ input = '', create }: Fields[string]): unknown =>
  [MARK, { text: MARK }].find((value) => create?.[input]?.safeParse(value).success);

describe.each(rows)('$noun: the field $name', ({ name, row }) => {
  it('has a classification', () => {
    expect(row.classification, `classify ${name}: lib/store/fields.ts says as what`).toBeDefined();
  });

  it('does not survive erasure if it is encrypted', () => {
    if (row.classification?.isEncrypted) expect(row.classification.erasure, `erase ${name}`).not.toBe('keeps');
  });

  it('does not survive erasure if a client can write anything into it', () => {
    const value = marked(row);
    if (value === undefined) return;
    expect(JSON.stringify(erased({ [name]: row } as never, { [name]: value } as never, by))).not.toContain(MARK);
  });
});

describe('an erasure by address', () => {
  const written = Object.entries(notificationFields).filter(
    ([, row]) => 'input' in row && row.classification.isEncrypted,
  );

  it.each(written)('finds a notification by the field %s', (name, row) => {
    const address = 'ann@example.com';
    const value = (row as Fields[string]).create?.[name]?.safeParse(address).success ? address : { of: address };
    const item = { ...states.SENT(), [name]: value };
    const matcher = makeMatcher({ by: 'email', value: address }, makeTestPorts().recipients);
    expect(matcher.notification(item)).toBe(true);
  });
});
