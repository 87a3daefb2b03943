import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCursors } from './cursor.ts';

const cursors = makeCursors('a secret of the service');
const invalid = expect.objectContaining({ code: 'invalid-cursor' });
const sortKeys = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed());

describe('a cursor', () => {
  it('returns its sort key, in the scope it was made for', () => {
    fc.assert(
      fc.property(sortKeys, fc.string(), (sortKey, scope) => {
        const cursor = cursors.encode(sortKey, scope);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(cursors.decode(cursor, scope)).toBe(sortKey);
      }),
    );
  });

  it('is refused in another scope, and by another secret', () => {
    const cursor = cursors.encode('1772366400000#ntf_1', 'GET /notifications tenant status=SENT');
    expect(() => cursors.decode(cursor, 'GET /notifications tenant status=FAILED')).toThrow(invalid);
    expect(() => makeCursors('another secret').decode(cursor, 'GET /notifications tenant status=SENT')).toThrow(
      invalid,
    );
  });

  it('is refused when any of its characters was changed, or it was cut or made longer', () => {
    const cursor = cursors.encode('1772366400000#ntf_1', 's');
    for (let at = 0; at < cursor.length; at += 1) {
      const other = cursor[at] === 'A' ? 'B' : 'A';
      expect(() => cursors.decode(cursor.slice(0, at) + other + cursor.slice(at + 1), 's')).toThrow(invalid);
      expect(() => cursors.decode(cursor.slice(0, at), 's')).toThrow(invalid);
    }
    for (const more of ['A', '=', ' ', '\n']) expect(() => cursors.decode(cursor + more, 's')).toThrow(invalid);
  });

  it('of any text is refused, and never an exception of another kind', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => cursors.decode(text, 's')).toThrow(invalid);
      }),
    );
  });
});
