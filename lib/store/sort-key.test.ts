import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortKeyAt, timeOfSortKey } from './sort-key.ts';

const times = fc.integer({ min: 0, max: 9_999_999_999_999 });
const ids = fc.stringMatching(/^ntf_[0-9a-z]{1,26}$/);

describe('a sort key', () => {
  it('sorts as text as its time does, then by id, and gives its time back', () => {
    fc.assert(
      fc.property(times, ids, times, ids, (a, idA, b, idB) => {
        const wanted = a === b ? idA < idB : a < b;
        expect(sortKeyAt(a, idA) < sortKeyAt(b, idB)).toBe(wanted);
        expect(timeOfSortKey(sortKeyAt(a, idA))).toBe(a);
        expect(sortKeyAt(a) < sortKeyAt(a, idA)).toBe(true);
      }),
    );
  });

  it.each(['0001-01-01', '1969-12-31', '2286-11-21', '2300-01-01', '9999-12-31'])(
    'of %s, which a filter may name, sorts on the side of today that it is on',
    (date) => {
      const at = Date.parse(date);
      const now = Date.parse('2026-11-22');
      expect(sortKeyAt(at) < sortKeyAt(now, 'ntf_1')).toBe(at < now);
    },
  );
});
