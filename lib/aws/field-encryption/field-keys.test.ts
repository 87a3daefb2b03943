import { describe, expect, it } from 'vitest';
import { fieldKeys } from './field-keys.ts';

const secret = Buffer.alloc(32, 1).toString('base64');
const wrapped = Buffer.alloc(120, 2).toString('base64');

describe('FIELD_KEYS', () => {
  it('holds keys and wrapped keys, newest first', () => {
    expect(fieldKeys.parse(` new:kms:${wrapped}  old:${secret} `)).toEqual([
      { id: 'new', wrapped: Buffer.alloc(120, 2) },
      { id: 'old', secret: Buffer.alloc(32, 1) },
    ]);
  });

  it.each([
    ['an empty list', ' '],
    ['a key without an id', secret],
    ['an id that could be mistaken', `a b:${secret}`],
    ['a key of 31 bytes', `k:${Buffer.alloc(31).toString('base64')}`],
    ['a key of 33 bytes', `k:${Buffer.alloc(33).toString('base64')}`],
    ['text that is not base64', `k:${'?'.repeat(44)}`],
    ['an id twice', `k:${secret} k:${Buffer.alloc(32, 9).toString('base64')}`],
  ])('refuses %s, without showing it', (_, text) => {
    const { error } = fieldKeys.safeParse(text);
    expect(error?.issues.map(({ message }) => message).join()).toMatch(/must|expected/i);
    expect(error?.message).not.toContain(secret.slice(0, 20));
  });
});
