import { describe, expect, it } from 'vitest';
import { addressNames } from '../channels/index.ts';
import { makePhoneNumbers } from '../schema/phone.ts';
import { listOf } from '../schema/text.ts';
import { parseRecipients, TEXT_CHANNELS, TEXT_CHANNELS_LISTED } from './recipient.ts';

const open = { phones: makePhoneNumbers('IN'), webhook: { allowPrivate: true, allowHttp: true } };
const strict = { phones: makePhoneNumbers('IN'), webhook: { allowPrivate: false, allowHttp: false } };

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
    const detail = `at least one of ${listOf(addressNames)} is required`;
    expect(parseRecipients({}, open)).toEqual({ errors: [{ pointer: '/email', detail }] });
    expect(detail).toMatch(/email, phone, webhook_url.* and /);
  });
});

it('e-mail and SMS are read by people, and webhooks are not', () => {
  expect(TEXT_CHANNELS).toEqual(expect.arrayContaining(['email', 'sms']));
  expect(TEXT_CHANNELS).not.toContain('webhook');
  expect(TEXT_CHANNELS_LISTED).toMatch(/^e-mail(, | and )SMS/);
});
