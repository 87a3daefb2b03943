import { describe, expect, test } from 'vitest';
import { targetOf, UsageError, withoutSecrets } from './target.ts';

describe('the options of a target', () => {
  test.each([
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://localhost:3000/', 'http://localhost:3000'],
    ['https://api.example.com/prod//', 'https://api.example.com/prod'],
  ])('%s is asked at %s', (url, base) => {
    expect(targetOf({ url })).toEqual({ url: base });
  });

  test.each([
    ['no URL', {}],
    ['a name', { url: 'localhost:3000' }],
    ['another scheme', { url: 'ftp://example.com' }],
    ['credentials in the URL', { url: 'https://user:secret@example.com' }],
    ['a query', { url: 'https://example.com/?a=1' }],
    ['a key with a line end', { url: 'https://example.com', key: 'abc\n' }],
    ['a host that is a URL', { url: 'https://example.com', host: 'https://example.com' }],
    ['an authority for plain http', { url: 'http://example.com', ca: 'cert.crt' }],
    ['an authority that is not there', { url: 'https://example.com', ca: '/nowhere/cert.crt' }],
  ])('%s is refused, without a word of what may be secret', (_name, given) => {
    expect(() => targetOf(given)).toThrow(UsageError);
    expect(() => targetOf(given)).not.toThrow(/secret|abc/);
  });

  test('the environment gives the key, and the option wins', () => {
    const url = 'https://example.com';
    expect(targetOf({ url }, { API_KEY: 'from-environment' })).toMatchObject({ key: 'from-environment' });
    expect(targetOf({ url, key: 'given' }, { API_KEY: 'from-environment' })).toMatchObject({ key: 'given' });
    expect(targetOf({ url }, { API_KEY: '' })).not.toHaveProperty('key');
  });

  test('a secret is taken out of every text, wherever it stands', () => {
    expect(withoutSecrets('a k1 b k1, s2', ['k1', undefined, '', 's2'])).toBe('a *** b ***, ***');
  });
});
