import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiAddress, emailAddress } from './email-address.ts';

const problemOf = (text: string): string | undefined => emailAddress.safeParse(text).error?.issues[0]?.message;
const INVALID = 'must be an e-mail address';
const UNSUPPORTED =
  'must have only ASCII letters, digits and punctuation before the @: quoted and non-ASCII names are not supported';

describe('an e-mail address', () => {
  it.each([
    'a@example.com',
    'a&b@example.com',
    'a=b@example.com',
    'x/y@example.com',
    "first.o'last+tag@sub.example.co.uk",
    '!#$%&*?^_`{|}~-@example.com',
    'a@xn--e1afmkfd.xn--p1ai',
    'a@bücher.example',
    'a@例え.テスト',
    'a@نامه\u200cای.example',
    'a@3com.com',
    'A@EXAMPLE.COM',
    `${'a'.repeat(64)}@example.com`,
  ])('may be %s, and comes back as given', (text) => {
    expect(emailAddress.parse(text)).toBe(text);
  });

  it.each([
    '',
    '@',
    'a',
    'a@',
    '@example.com',
    'a@localhost',
    'a@b@example.com',
    '.a@example.com',
    'a.@example.com',
    'a..b@example.com',
    'a b@example.com',
    ' a@example.com',
    'a@example.com ',
    'a@example.com\r\nBcc: b@example.com',
    'a\r\nb@example.com',
    'a,b@example.com',
    'A <a@example.com>',
    'a@-example.com',
    'a@example-.com',
    'a@exam_ple.com',
    'a@example..com',
    'a@example.com.',
    'a@example.123',
    'a@1.2.3.4',
    'a@[1.2.3.4]',
    'a@ex%61mple.com',
    'a@example.com/x',
    'a@xn--.com',
    'a@bü cher.example',
    'a@bü\u200bcher.example',
    'a@bü/cher.example',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(64)}.com`,
  ])('is not %j', (text) => {
    expect(problemOf(text)).toBe(INVALID);
  });

  it.each(['"a b"@example.com', '"a"@example.com', 'zoë@example.com', 'почта@пример.испытание'])(
    'is not supported as %s, and says so',
    (text) => {
      expect(problemOf(text)).toBe(UNSUPPORTED);
    },
  );

  it('has at most 254 characters, also once its domain is in ASCII', () => {
    expect(problemOf(`a@${'b.'.repeat(130)}com`)).toBe('must be at most 254 characters');
    expect(problemOf(`${'a'.repeat(64)}@${'日本語東京大阪名古屋横浜神戸福岡札幌.'.repeat(3)}${'e'.repeat(20)}`)).toBe(
      'must be at most 254 characters',
    );
  });

  it('is sent to as nothing but plain ASCII, whatever was accepted', () => {
    const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'ü', 'xn--', '.', '%0a', '。', '\r\n'));
    const texts = fc.oneof(
      fc.emailAddress(),
      fc
        .tuple(fc.constantFrom('a', 'a&b'), fc.array(part, { maxLength: 4 }))
        .map(([local, parts]) => `${local}@${parts.join('')}.example`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        if (problemOf(text) !== undefined) return;
        expect(asciiAddress(text)).toMatch(/^[!-?A-~]+@[A-Za-z0-9.-]+$/);
      }),
      { numRuns: 1_000 },
    );
  });
});
