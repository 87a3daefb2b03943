import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCursors } from './cursor.ts';

const cursors = makeCursors('a secret of the service');
const invalid = expect.objectContaining({ code: 'invalid-cursor' });
const positions = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed());

describe('a cursor', () => {
  it('gives back its position, in the scope it was made for', () => {
    fc.assert(
      fc.property(positions, fc.string(), (position, scope) => {
        const cursor = cursors.seal(position, scope);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(cursors.open(cursor, scope)).toBe(position);
      }),
    );
  });

  it('is refused in another scope, and by another secret', () => {
    const cursor = cursors.seal('1772366400000#ntf_1', 'GET /notifications tenant status=SENT');
    expect(() => cursors.open(cursor, 'GET /notifications tenant status=FAILED')).toThrow(invalid);
    expect(() => makeCursors('another secret').open(cursor, 'GET /notifications tenant status=SENT')).toThrow(invalid);
  });

  it('is refused when any of its characters was changed, or it was cut or made longer', () => {
    const cursor = cursors.seal('1772366400000#ntf_1', 's');
    for (let at = 0; at < cursor.length; at += 1) {
      const other = cursor[at] === 'A' ? 'B' : 'A';
      expect(() => cursors.open(cursor.slice(0, at) + other + cursor.slice(at + 1), 's')).toThrow(invalid);
      expect(() => cursors.open(cursor.slice(0, at), 's')).toThrow(invalid);
    }
    for (const more of ['A', '=', ' ', '\n']) expect(() => cursors.open(cursor + more, 's')).toThrow(invalid);
  });

  it('of any text is refused, and never an exception of another kind', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => cursors.open(text, 's')).toThrow(invalid);
      }),
    );
  });
});
