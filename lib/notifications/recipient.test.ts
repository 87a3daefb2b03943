import { describe, expect, it } from 'vitest';
import { normalizePhone, parseRecipients, possiblePhone } from './recipient.ts';

const open = { phoneCountry: 'IN', webhook: { allowPrivate: true, allowHttp: true } };
const strict = { phoneCountry: 'IN', webhook: { allowPrivate: false, allowHttp: false } };

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

describe('recipients', () => {
  it('come out by channel, in normal form', () => {
    const given = { email: 'a@example.com', phone: '9999912345', webhook_url: 'https://Example.com:443/x' };
    expect(parseRecipients(given, strict)).toEqual({
      to: { email: 'a@example.com', sms: '+919999912345', webhook: 'https://example.com/x' },
    });
  });

  it('may be a webhook endpoint instead of a URL, never both', () => {
    const endpoint_id = `end_${'0'.repeat(26)}`;
    expect(parseRecipients({ endpoint_id }, strict)).toEqual({ to: { webhook: endpoint_id } });
    expect(parseRecipients({ endpoint_id, webhook_url: 'https://example.com/x' }, strict)).toEqual({
      errors: [{ pointer: '/endpoint_id', detail: 'must not be given together with webhook_url' }],
    });
    expect(parseRecipients({ endpoint_id: 'https://example.com/x' }, strict)).toMatchObject({
      errors: [{ pointer: '/endpoint_id' }],
    });
    // No URL is ever taken for an id.
    expect(parseRecipients({ webhook_url: endpoint_id }, strict)).toMatchObject({
      errors: [{ pointer: '/webhook_url' }],
    });
  });

  it('names every broken field at once, without its value', () => {
    const given = { email: 'a@secret', phone: 'secret', webhook_url: 'http://10.0.0.1/secret' };
    const parsed = parseRecipients(given, strict);
    expect(parsed).toMatchObject({
      errors: [{ pointer: '/email' }, { pointer: '/phone' }, { pointer: '/webhook_url' }],
    });
    expect(JSON.stringify(parsed)).not.toContain('secret');
  });

  it('say what a phone number must look like', () => {
    expect(parseRecipients({ phone: '14155550123' }, strict)).toEqual({
      errors: [
        {
          pointer: '/phone',
          detail: 'must be one number: start with + and the country code, or give valid national digits of IN',
        },
      ],
    });
  });

  it('a header cannot be smuggled into an e-mail address', () => {
    expect(parseRecipients({ email: 'a@example.com\r\nBcc: b@example.com' }, open)).toHaveProperty('errors');
  });

  it('plain http and private addresses are refused unless allowed', () => {
    const given = { webhook_url: 'http://127.0.0.1:9000/hook' };
    expect(parseRecipients(given, open)).toEqual({ to: { webhook: 'http://127.0.0.1:9000/hook' } });
    expect(parseRecipients(given, strict)).toHaveProperty('errors');
  });

  it('at least one is required', () => {
    expect(parseRecipients({}, open)).toEqual({
      errors: [{ pointer: '/email', detail: 'at least one of email, phone, webhook_url and endpoint_id is required' }],
    });
  });
});
