import fc from 'fast-check';
import { expect, it } from 'vitest';
import { random } from '../../platform/random.ts';
import { hashOf, isOneOf, newSecret, parseToken, tokenOf } from './token.ts';

it('a token says its id and secret again, is url-safe, and begins with what scanners look for', () => {
  for (let n = 0; n < 100; n += 1) {
    const key = { id: random.id('key_'), secret: newSecret() };
    expect(parseToken(tokenOf(key))).toEqual(key);
    expect(tokenOf(key)).toMatch(/^ens_[0-9a-z]{26}_[\w-]{43}$/);
  }
});

it('secrets have 256 bits and do not repeat', () => {
  const secrets = Array.from({ length: 100 }, newSecret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
});

it('what was cut, lengthened or changed in its form is no token', () => {
  const token = tokenOf({ id: random.id('key_'), secret: newSecret() });
  for (const other of [token.slice(0, -1), `${token}A`, token.toUpperCase(), ` ${token}`, `${token}\n`, token.slice(4)])
    expect(parseToken(other)).toBeUndefined();
  fc.assert(fc.property(fc.string(), (text) => parseToken(text) === undefined));
});

it('a secret fits its own hash among others, and no other secret does', () => {
  const [a, b, c] = [newSecret(), newSecret(), newSecret()];
  const hashes = [hashOf(a), hashOf(b)];
  expect([a, b, c].map((secret) => isOneOf(secret, hashes))).toEqual([true, true, false]);
  expect(isOneOf(a, [])).toBe(false);
  expect(isOneOf('no secret at all', []), 'nor does what unknown ids are held against').toBe(false);
  expect(isOneOf(a, ['short'])).toBe(false);
});
