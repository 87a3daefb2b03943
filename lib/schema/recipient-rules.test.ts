import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recipientPatterns, redirects } from './recipient-rules.ts';

const patternsOf = (text: string) => recipientPatterns.parse(text);
const matching = (text: string, addresses: string[]): string[] =>
  addresses.filter((address) => patternsOf(text).some(({ matches }) => matches(address)));
const problemsOf = (schema: typeof recipientPatterns | typeof redirects, text: string): string[] =>
  schema.safeParse(text).error?.issues.map(({ message }) => message) ?? [];

describe('a pattern of e-mail addresses', () => {
  it.each([
    ['qa@example.com', ['qa@example.com', 'QA@Example.COM']],
    ['*@example.com', ['qa@example.com', 'QA@Example.COM', 'qa+1@example.com']],
    ['qa+*@example.com', ['qa+1@example.com']],
    ['*@*.example.com', ['qa@mail.example.com', 'qa@a.b.example.com']],
    ['QA@EXAMPLE.com', ['qa@example.com', 'QA@Example.COM']],
    ['*@xn--bcher-kva.example', ['a@bücher.example', 'a@xn--bcher-kva.example']],
    ['*@bücher.example', ['a@bücher.example', 'a@xn--bcher-kva.example']],
  ])('%s matches these alone', (pattern, expected) => {
    const others = ['x@badexample.com', 'x@example.com.evil.net', 'x@example.co', 'qa@com', 'x@evil.net'];
    const known = ['qa@example.com', 'QA@Example.COM', 'qa+1@example.com', 'qa@mail.example.com', 'qa@a.b.example.com'];
    const idn = ['a@bücher.example', 'a@xn--bcher-kva.example'];
    expect(matching(pattern, [...known, ...idn, ...others])).toEqual(expected);
  });

  it('never matches an address by what stands before its last @', () => {
    const crafted = ['"a@example.com"@evil.net', 'qa@example.com@evil.net', 'evil@evil.net,qa@example.com\n'];
    expect(matching('qa@example.com *@example.com', crafted.slice(0, 2))).toEqual([]);
    expect(matching('qa@example.com', crafted)).toEqual([]);
  });

  it('can stand for every address', () => {
    expect(matching('*@*', ['qa@example.com', '+4915112345678', 'https://example.com/'])).toEqual(['qa@example.com']);
  });
});

describe('a pattern of numbers', () => {
  it.each([
    ['+4915112345678', ['+4915112345678']],
    ['+4915*', ['+4915112345678', '+4915212345678']],
    ['+*', ['+4915112345678', '+4915212345678', '+14155550100']],
  ])('%s matches these alone', (pattern, expected) => {
    expect(matching(pattern, ['+4915112345678', '+4915212345678', '+14155550100', 'a@b.example'])).toEqual(expected);
  });
});

describe('a pattern of hosts', () => {
  const urls = {
    plain: 'https://example.com/hook?to=a@staging.example.com',
    below: 'https://a.staging.example.com:8443/',
    dotted: 'https://a.staging.example.com./',
    apex: 'https://staging.example.com/',
    other: 'https://badstaging.example.com.evil.net/#.staging.example.com',
    user: 'https://staging.example.com@evil.net/',
    v4: 'http://127.0.0.1:9000/',
    v6: 'http://[::1]:9000/',
  };
  it.each([
    ['example.com', ['plain']],
    ['*.staging.example.com', ['below', 'dotted']],
    ['staging.example.com *.Staging.Example.com', ['below', 'dotted', 'apex']],
    ['127.0.0.1', ['v4']],
    ['[::1]', ['v6']],
    ['*', Object.keys(urls)],
  ])('%s matches the URLs of these hosts alone, whatever else is in them', (patterns, expected) => {
    const matched = matching(patterns, Object.values(urls));
    expect(Object.entries(urls).flatMap(([name, url]) => (matched.includes(url) ? [name] : []))).toEqual(expected);
  });
});

describe('RECIPIENTS_ALLOWED', () => {
  it.each(['example*.com', '*example.com', 'a*b@example.com', '@example.com', 'a@', 'a@*example.com', '+', '+49*1'])(
    'refuses %s, and names it',
    (pattern) => {
      expect(problemsOf(recipientPatterns, `*@example.com ${pattern}`)).toEqual([
        expect.stringContaining(JSON.stringify(pattern)),
      ]);
    },
  );
  it.each([
    'https://example.com/',
    'example.com:8443',
    'a,b',
    'a@example.com,b@example.com',
    '%41.example',
    'a..b',
    '+123*'.repeat(9),
  ])('refuses %s', (pattern) => expect(problemsOf(recipientPatterns, pattern)).toHaveLength(1));
  it('takes 100 patterns at most', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `h${index}.example.com`).join(' ');
    expect(problemsOf(recipientPatterns, many(100))).toEqual([]);
    expect(problemsOf(recipientPatterns, many(101))).toEqual(['must be at most 100 patterns']);
  });

  it('takes any text as patterns or refuses it, and matches any address without throwing', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[*@.+:[\]a-z0-9 ]{0,40}$/));
    fc.assert(
      fc.property(
        text,
        fc.oneof(fc.string(), fc.stringMatching(/^(https:..)?[*@.+:[\]a-z0-9 /]{0,40}$/)),
        (patterns, address) => {
          const parsed = recipientPatterns.safeParse(patterns).data ?? [];
          for (const { matches } of parsed) expect(typeof matches(address)).toBe('boolean');
        },
      ),
    );
  });
});

describe('RECIPIENTS_REDIRECT', () => {
  it('has one address of each kind', () => {
    const all = 'email=staging@example.com  phone=+4915112345678 webhook=https://hooks.example.com/in?token=a=b';
    expect(redirects.parse(all)).toEqual({
      email: 'staging@example.com',
      phone: '+4915112345678',
      webhook: 'https://hooks.example.com/in?token=a=b',
    });
  });

  it.each([
    ['staging@example.com', /^must be email=\.\.\. phone=\.\.\. webhook=\.\.\./],
    ['sms=+4915112345678', /^must be email=\.\.\./],
    ['email=a@example.com email=b@example.com', 'must have email at most once'],
    ['email=staging', 'email must be an e-mail address'],
    ['phone=015112345678', 'phone must be a number in E.164 form, such as +4915112345678'],
    ['webhook=hooks.example.com', /^webhook must be an http or https URL/],
    ['webhook=https://user:secret@hooks.example.com/', /^webhook must be an http or https URL/],
    ['webhook=ftp://hooks.example.com/secret', /^webhook must be an http or https URL/],
  ])('refuses %s', (text, problem) => {
    const problems = problemsOf(redirects, text);
    expect(problems).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
    expect(problems.join()).not.toContain('secret');
  });
});
