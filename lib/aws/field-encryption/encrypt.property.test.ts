import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decryptItem as decryptNamed, encryptItem, type FieldKey, type Keyring } from './encrypt.ts';

const keyOf = (id: string, fill: number): FieldKey => ({ id, secret: new Uint8Array(32).fill(fill) });
const ring: Keyring = [keyOf('k1', 1)];
const names = ['text', 'json'];
const item = fc.record({
  id: fc.string({ minLength: 1 }),
  text: fc.string({ unit: 'grapheme' }),
  json: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value))),
  status: fc.constant('SENT'),
});
const decryptItem = <T extends { id: string }>(ring: readonly FieldKey[], stored: T) =>
  decryptNamed(ring, stored, Object.keys(stored));
const bytesOf = (value: unknown): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw new Error('not encrypted');
  return value;
};

describe('encrypted attributes', () => {
  it('come back as they were, and everything else stays as it is', () => {
    fc.assert(
      fc.property(item, (given) => {
        const encrypted = encryptItem(ring, given, names);
        expect(bytesOf(encrypted.text)).not.toEqual(bytesOf(encryptItem(ring, given, names).text));
        expect(encrypted.status).toBe('SENT');
        expect(decryptItem(ring, encrypted)).toEqual(given);
      }),
    );
  });

  it('do not show what is in them', () => {
    const encrypted = encryptItem(
      ring,
      { id: 'ntf_1', text: 'ada@example.com', json: { to: 'ada@example.com' } },
      names,
    );
    for (const name of names) {
      expect(Buffer.from(bytesOf((encrypted as Record<string, unknown>)[name])).toString('latin1')).not.toContain(
        'ada',
      );
    }
  });

  it('are not decrypted once a byte is changed, cut off or added', () => {
    const changes = fc.oneof(
      fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) }),
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), bit: fc.constant(0) }),
      fc.record({ kind: fc.constant('add' as const), at: fc.nat(), bit: fc.integer({ min: 0, max: 255 }) }),
    );
    fc.assert(
      fc.property(item, changes, (given, { kind, at, bit }) => {
        const encrypted = encryptItem(ring, given, ['text']);
        const bytes = Buffer.from(bytesOf(encrypted.text));
        const place = at % bytes.length;
        if (kind === 'flip') bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
        const changed =
          kind === 'cut'
            ? bytes.subarray(0, place)
            : kind === 'add'
              ? Buffer.concat([bytes, Buffer.from([bit])])
              : bytes;
        expect(() => decryptItem(ring, { ...encrypted, text: changed })).toThrow(/^The encrypted attribute text of /);
      }),
    );
  });

  it('are decrypted in no other item and under no other name', () => {
    fc.assert(
      fc.property(item, fc.string({ minLength: 1 }), (given, other) => {
        const encrypted = encryptItem(ring, given, ['text']);
        const moved = { id: given.id, [other]: encrypted.text };
        if (other !== 'text' && other !== 'id') expect(() => decryptItem(ring, moved)).toThrow('cannot be decrypted');
        if (other !== given.id)
          expect(() => decryptItem(ring, { ...encrypted, id: other })).toThrow('cannot be decrypted');
      }),
    );
  });

  it('are decrypted after any rotation that keeps their key, and encrypted again by the newest', () => {
    fc.assert(
      fc.property(
        item,
        fc.uniqueArray(fc.integer({ min: 2, max: 99 }), { minLength: 1, maxLength: 4 }),
        (given, fills) => {
          const newer = fills.map((fill) => keyOf(`k${fill}`, fill));
          const [newest, ...rest] = [...newer, ...ring];
          const rotated: Keyring = [newest ?? ring[0], ...rest];
          const encrypted = encryptItem(ring, given, names);
          expect(decryptItem(rotated, encrypted)).toEqual(given);
          const again = encryptItem(rotated, decryptItem(rotated, encrypted), names);
          expect(decryptItem([rotated[0]], again)).toEqual(given);
          expect(() => decryptItem(ring, again)).toThrow(`FIELD_KEYS has no key "${rotated[0].id}"`);
        },
      ),
    );
  });

  it('say which key is missing, and nothing of what they hold', () => {
    const encrypted = encryptItem(ring, { id: 'ntf_1', text: 'secret text' }, ['text']);
    expect(() => decryptItem([], encrypted)).toThrow(
      'The encrypted attribute text of ntf_1 cannot be decrypted: FIELD_KEYS has no key "k1"',
    );
    const wrong = [keyOf('k1', 9)];
    expect(() => decryptItem(wrong, encrypted)).toThrow('it is not what the key "k1" encrypted there');
  });
});
