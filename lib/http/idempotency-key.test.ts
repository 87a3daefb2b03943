import { expect, it } from 'vitest';
import { idempotencyKeyOf } from './idempotency-key.ts';

const keyOf = (key: string | undefined) => idempotencyKeyOf({ 'idempotency-key': key });

it.each(['a', ' ', '"quoted"', 'x'.repeat(255), '8e03978e-40d5-43e8-bc93-6894a57f9324'])(
  '%j is taken as it is',
  (key) => {
    expect(keyOf(key)).toBe(key);
  },
);

it('none is no error', () => {
  expect(keyOf(undefined)).toBeUndefined();
});

it.each(['', 'x'.repeat(256), 'schlüssel', 'a\tb', 'a\n'])('%j is refused by its header', (key) => {
  expect(() => keyOf(key)).toThrow('/header/idempotency-key');
});
