import { describe, expect, it } from 'vitest';
import { TEXT_CHANNELS_LISTED } from '../notifications/recipient.ts';
import { ExactNumber } from '../schema/exact-number.ts';
import { parseJson } from '../schema/json.ts';
import { makePhoneNumbers } from '../schema/phone.ts';
import { ACCEPTED_AT, makeEvent } from '../testing/event.ts';
import { applyRules } from './rule.ts';

const options = { phones: makePhoneNumbers('IN'), webhook: { allowPrivate: false, allowHttp: false } };
const DAY_MS = 86_400_000;
const apply = (type: string, payload: Record<string, unknown>, changes = {}) =>
  applyRules(makeEvent({ type, payload, ...changes }), options);
const only = (applied: ReturnType<typeof applyRules>) => {
  if ('rejected' in applied) throw new Error(applied.rejected);
  expect(applied.drafts).toHaveLength(1);
  return applied.drafts[0] as (typeof applied.drafts)[number];
};
const email = 'a@example.com';
const body = 'Something happened.';

describe('which notification an event causes', () => {
  it.each(['user.signup', 'payment.failed', 'payment.success', 'user.unsubscribe'])(
    '%s: at once, for user_id, whatever else the payload says',
    (type) => {
      const { draft, due } = only(apply(type, { user_id: 123, email, target_date: '2030-01-01', lead_days: 3 }));
      expect(draft).toMatchObject({ type, entityId: '123', to: { email }, eventId: 'evt_1', tenant: 'default' });
      expect(due.sendAt).toBe(ACCEPTED_AT);
    },
  );

  it('password.expiry: 7 days before expiry_date', () => {
    const { draft, due } = only(apply('password.expiry', { user_id: 'u', email, expiry_date: '2026-04-01T09:00:00Z' }));
    expect(due).toEqual({
      sendAt: Date.parse('2026-03-25T09:00:00Z'),
      targetDate: Date.parse('2026-04-01T09:00:00Z'),
    });
    expect(draft.timing).toEqual({ target_date: '2026-04-01T09:00:00Z', lead_time_days: 7 });
  });

  it('password.expiry: lead_days before it, when given', () => {
    const { due } = only(apply('password.expiry', { email, expiry_date: '2026-04-01', lead_days: 1 }));
    expect(due.sendAt).toBe(Date.parse('2026-03-31'));
  });

  it.each<[string, { timezone?: string } & Record<string, string>, string]>([
    ['password.expiry', { expiry_date: '2026-04-01T09:00', timezone: 'Asia/Kolkata' }, '2026-03-25T03:30:00Z'],
    ['password.expiry', { expiry_date: '2026-04-01T09:00[Asia/Kolkata]' }, '2026-03-25T03:30:00Z'],
    ['custom', { body: 'b', target_date: '2026-04-01', timezone: 'Japan' }, '2026-03-31T15:00:00Z'],
  ])('%s: local times are those of the timezone: %j', (type, payload, wanted) => {
    const { draft, due } = only(apply(type, { email, ...payload }));
    expect(due.sendAt).toBe(Date.parse(wanted));
    expect(draft.timing.timezone).toBe(payload.timezone ?? 'Asia/Kolkata');
  });

  it('at once, the timezone is kept for the texts', () => {
    const { draft, due } = only(apply('user.signup', { email, timezone: 'Asia/Kolkata' }));
    expect([draft.timing.timezone, due.sendAt]).toEqual(['Asia/Kolkata', ACCEPTED_AT]);
  });

  it.each(['Eastern Standard Time', '', -5, {}])(
    'without a target, a timezone that is none is ignored: %j',
    (timezone) => {
      for (const type of ['user.signup', 'custom']) {
        const { draft, due } = only(apply(type, { email, body, timezone }));
        expect(draft.timing).not.toHaveProperty('timezone');
        expect(due.sendAt).toBe(ACCEPTED_AT);
      }
    },
  );

  it('an empty timezone of a date is none', () => {
    const { draft, due } = only(apply('password.expiry', { email, expiry_date: '2026-04-01', timezone: '' }));
    expect(draft.timing).not.toHaveProperty('timezone');
    expect(due.sendAt).toBe(Date.parse('2026-03-25'));
  });

  it.each([
    ['custom', 'order-7', 'order-7'],
    ['order.paid', 7, '7'],
    ['order.paid', new ExactNumber('9007199254740993'), '9007199254740993'],
    ['custom', '', undefined],
    ['custom', { id: 7 }, undefined],
    ['user.signup', 'order-7', undefined],
  ])('%s: the group of the payload, %j, is %j', (type, group, wanted) => {
    expect(only(apply(type, { email, body, group })).draft.group).toBe(wanted);
  });

  it('custom: a group that no notification could have is a reason to reject', () => {
    const reason = '/payload/group must be at most 256 characters';
    expect(apply('custom', { email, body, group: 'g'.repeat(257) })).toEqual({ rejected: reason });
  });

  it('custom: at target_date less lead_days, for entity_id', () => {
    const { draft, due } = only(apply('custom', { entity_id: 'order-7', email, body, target_date: '2026-04-01' }));
    expect(draft.entityId).toBe('order-7');
    expect(due.sendAt).toBe(Date.parse('2026-04-01'));
  });

  it('to a webhook endpoint, where the payload names one', () => {
    const endpoint_id = `end_${'0'.repeat(26)}`;
    expect(only(apply('user.signup', { user_id: 7, endpoint_id })).draft.to).toEqual({ webhook: endpoint_id });
    expect(apply('user.signup', { user_id: 7, endpoint_id: 'end_short' })).toMatchObject({
      rejected: expect.stringContaining('/payload/endpoint_id must be'),
    });
  });

  it('any other type that carries a recipient: now, as itself', () => {
    const { draft, due } = only(apply('order.shipped', { entity_id: 7, phone: '9999912345', body }));
    expect(draft).toMatchObject({ type: 'order.shipped', entityId: '7', to: { sms: '+919999912345' } });
    expect(due.sendAt).toBe(ACCEPTED_AT);
  });

  it.each([
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['1000000000000000000000', '1000000000000000000000'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['7.0', '7'],
  ])('an id that is the number %s keeps its digits', (given, id) => {
    const payload = parseJson(`{"email":"${email}","body":"${body}","user_id":${given}}`) as Record<string, unknown>;
    expect(only(apply('user.signup', payload)).draft.entityId).toBe(id);
    expect(only(apply('custom', payload)).draft.entityId).toBe(id);
  });

  it('a type that is no notification type becomes custom', () => {
    expect(only(apply('com.example.User.Signup', { email, body })).draft.type).toBe('custom');
  });

  it('needs no text for a webhook alone', () => {
    expect(only(apply('order.shipped', { webhook_url: 'https://example.com/h' })).draft.type).toBe('order.shipped');
  });

  it('all channels, subject, body and data of the payload are used', () => {
    const payload = { email, phone: '+4915112345678', webhook_url: 'https://example.com/h', subject: 's', body: 'b' };
    const { draft } = only(apply('user.signup', { ...payload, data: { name: 'Ann' } }));
    expect(draft).toMatchObject({
      to: { email, sms: '+4915112345678', webhook: 'https://example.com/h' },
      subject: 's',
      body: 'b',
      data: { name: 'Ann' },
    });
  });

  it('no recipient, or only null ones: a plain signal, whatever else is in it', () => {
    const payload = { user_id: {}, subject: 5, expiry_date: 'never', email: null };
    for (const type of ['user.signup', 'password.expiry', 'anything']) {
      expect(apply(type, payload)).toEqual({ drafts: [] });
    }
  });

  it('a target in the past is never refused: it is due at acceptance', () => {
    const { due } = only(apply('password.expiry', { email, expiry_date: '2001-01-01' }));
    expect(due.sendAt).toBe(ACCEPTED_AT);
  });

  it('without an entity: the subject, else the event itself', () => {
    expect(only(apply('user.signup', { email }, { subject: 'user-9' })).draft.entityId).toBe('user-9');
    expect(only(apply('user.signup', { email })).draft.entityId).toBe('evt_1');
  });

  it('the id derives from event and rule', () => {
    const id = (changes = {}) => only(apply('custom', { email, body }, changes)).draft.id;
    expect(id()).toBe(id({ createdAt: ACCEPTED_AT + DAY_MS, writeId: 'other' }));
    expect(id()).not.toBe(id({ id: 'evt_2' }));
    expect(id()).toMatch(/^ntf_[0-9a-z]{26}$/);
  });
});

describe('a payload that names a recipient and cannot be used is rejected, naming field and rule', () => {
  const secret = 'secret';
  it.each([
    ['a bad address', 'user.signup', { email: secret }, '/payload/email must be an e-mail address'],
    ['an address that is no text', 'user.signup', { email: 5 }, '/payload/email must be a string'],
    ['an empty address', 'user.signup', { email: '' }, '/payload/email must be an e-mail address'],
    [
      'a bad number',
      'user.signup',
      { phone: secret },
      '/payload/phone must be one number: start with + and the country code, or give valid national digits of IN',
    ],
    ['a foreign number without its +', 'user.signup', { phone: '14155550123' }, '/payload/phone must be one number'],
    ['a private webhook', 'custom', { webhook_url: 'https://10.0.0.1/' }, '/payload/webhook_url must not point'],
    ['no expiry_date', 'password.expiry', { email }, '/payload/expiry_date is required'],
    [
      'an unparsable date',
      'password.expiry',
      { email, expiry_date: secret },
      '/payload/expiry_date must be an RFC 3339',
    ],
    [
      'a time zone that is none, of a date',
      'password.expiry',
      { email, expiry_date: '2026-04-01', timezone: secret },
      '/payload/timezone must be the name',
    ],
    [
      'a time zone that is none, of a time with an offset',
      'custom',
      { email, body, target_date: '2026-04-01T09:00Z', timezone: secret },
      '/payload/timezone must be the name',
    ],
    [
      'a time zone that is no text, of a date',
      'custom',
      { email, body, target_date: '2026-04-01', timezone: 2 },
      '/payload/timezone must be a string',
    ],
    [
      'two time zones',
      'password.expiry',
      { email, expiry_date: '2026-04-01[Asia/Kolkata]', timezone: 'UTC' },
      '/payload/timezone must be the zone in the brackets of ',
    ],
    [
      'an offset that the zone does not have',
      'password.expiry',
      { email, expiry_date: '2026-04-01T09:00+01:00[Asia/Kolkata]' },
      '/payload/expiry_date must have an offset',
    ],
    ['a date that is a number', 'custom', { email, target_date: 5 }, '/payload/target_date must be a string'],
    [
      'a date too far ahead',
      'custom',
      { email, target_date: '2050-01-01' },
      '/payload/target_date must not be more than',
    ],
    ['lead_days as text', 'custom', { email, lead_days: '7' }, '/payload/lead_days must be a number'],
    [
      'lead_days of more digits than a number holds',
      'custom',
      { email, lead_days: new ExactNumber('7.0000000000000000001') },
      '/payload/lead_days must be a number of at most 15 digits',
    ],
    ['negative lead_days', 'custom', { email, lead_days: -1 }, '/payload/lead_days must be at least 0'],
    ['an entity that is an object', 'custom', { email, entity_id: { secret } }, '/payload/entity_id must be'],
    [
      'an id of more digits than an id may have',
      'custom',
      { email, entity_id: new ExactNumber('1'.repeat(300)) },
      '/payload/entity_id must be at most 256 characters',
    ],
    ['a subject with a line break', 'custom', { email, subject: `a\n${secret}` }, '/payload/subject must not contain'],
    ['no text', 'order.shipped', { email }, `/payload/body is required for ${TEXT_CHANNELS_LISTED}`],
    ['no text for custom', 'com.example.Order', { phone: '9999912345' }, '/payload/body is required'],
    [
      'a placeholder without a value',
      'user.signup',
      { email, body: `{{${secret}}}`, data: { a: secret } },
      '/payload/body must have a text, a number, true or false in data for each placeholder',
    ],
    ['data that is a list', 'custom', { email, data: [secret] }, '/payload/data'],
  ])('%s', (_, type, payload, reason) => {
    const applied = apply(type, payload);
    expect(applied).toEqual({ rejected: expect.stringContaining(reason) });
    expect(JSON.stringify(applied)).not.toContain(secret);
  });

  it('says all that is wrong at once', () => {
    const applied = apply('password.expiry', { email: 'x', phone: 'y', lead_days: 0.5 });
    expect(applied).toEqual({
      rejected: expect.stringMatching(/email.*; .*phone.*; .*expiry_date/),
    });
  });
});
