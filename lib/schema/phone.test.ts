import { describe, expect, it } from 'vitest';
import { normalizePhone, possiblePhone } from './phone.ts';

describe('a phone number', () => {
  it.each([
    ['9999912345', '+919999912345'],
    ['+49 151 12345678', '+4915112345678'],
    ['+1 (415) 555-0123', '+14155550123'],
    ['0044 20 7946 0958', '+442079460958'],
  ])('%s becomes %s', (given, wanted) => {
    expect(normalizePhone(given, 'IN')).toBe(wanted);
  });

  it('national digits belong to the default country', () => {
    expect(normalizePhone('0151 12345678', 'DE')).toBe('+4915112345678');
  });

  it('national digits may have the trunk prefix, the country code or the international prefix of the country', () => {
    for (const text of ['09999912345', '919999912345', '0091 99999 12345'])
      expect(normalizePhone(text, 'IN')).toBe('+919999912345');
    expect(normalizePhone('(415) 555-2671', 'US')).toBe('+14155552671');
  });

  it.each([
    ['14155550123', 'IN'],
    ['14155552671', 'DE'],
    ['4915112345678', 'IN'],
    ['4915112345678', 'US'],
  ])('%s, which lost its +, is no number of %s', (given, country) => {
    expect(normalizePhone(given, country)).toBeUndefined();
  });

  it('digits that are two numbers of the country, with a + and without, are refused', () => {
    expect(normalizePhone('4915112345678', 'DE')).toBeUndefined();
    expect(normalizePhone('04915 112345678', 'DE')).toBe('+494915112345678');
    expect(normalizePhone('+4915112345678', 'DE')).toBe('+4915112345678');
  });

  it.each([
    '',
    '12',
    'call 9999912345',
    '9999912345 ext. 5',
    '9999912345;ext=5',
    '1-800-FLOWERS',
    `+91${'9'.repeat(20)}`,
    '+',
    ' 919999912345',
    ' 14155550123',
    '\uff0b919999912345',
    '++919999912345',
    '+91 99999 12345, +91 99999 12346',
    '+919999912345 +919999912346',
    '9999912345/9999912346',
    '+49 30 123456/7',
    '9999912345\n',
    '٩٩٩٩٩١٢٣٤٥',
  ])('%j is refused', (given) => {
    expect(normalizePhone(given, 'IN')).toBeUndefined();
  });

  it('after a + need only have a possible length: new ranges are in no table yet', () => {
    expect(normalizePhone('+91 14155550123', 'IN')).toBe('+9114155550123');
  });

  it('that is refused for sending is still found in what is stored', () => {
    expect(possiblePhone('14155550123', 'IN')).toBe('+9114155550123');
    expect(possiblePhone('\uff0b91 99999/12345', 'IN')).toBe('+919999912345');
    expect(possiblePhone('9999912345 ext. 5', 'IN')).toBeUndefined();
  });
});
