import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber } from '../schema/exact-number.ts';
import { makePhoneNumbers } from '../schema/phone.ts';
import { rawMessage } from '../testing/dead-letters.ts';
import { makeEvent } from '../testing/event.ts';
import { created } from '../testing/states.ts';
import type { Person } from './erasure-job.ts';
import { makeMatcher } from './match.ts';

const long: Person = { by: 'entity_id', value: '9007199254740993' };

const options = { phones: makePhoneNumbers('IN'), webhook: { allowPrivate: false, allowHttp: false } };
const email: Person = { by: 'email', value: 'ada@example.com' };
const idn: Person = { by: 'email', value: 'ada@xn--bcher-kva.example' };
const phone: Person = { by: 'phone', value: '+919999912345' };
const url: Person = { by: 'webhook_url', value: 'https://example.com/hook?u=1' };
const entity: Person = { by: 'entity_id', value: '42' };

const item = (to: Record<string, string>, entityId = 'user-1') => ({ ...created(0, to).next, entityId });

const telling = (content: object) => ({ ...item({ webhook: 'https://example.com/' }), ...content });

describe('a notification', () => {
  it.each([
    ['an e-mail address in any case', email, item({ email: 'ADA@Example.com' })],
    ['an address whose domain is spelled in Unicode', idn, item({ email: 'Ada@Bücher.example' })],
    ['an entity that is the address', email, item({ sms: '+4915112345678' }, 'Ada@example.com')],
    ['a group that is the address', email, telling({ group: 'Ada@example.com' })],
    ['a number', phone, item({ sms: '+919999912345' })],
    [
      'a number stored in E.164 that is not valid',
      { by: 'phone', value: '+9114155550123' } as Person,
      item({ sms: '+9114155550123' }),
    ],
    ['an entity that is the number in national digits', phone, item({ email: 'a@b.c' }, '99999 12345')],
    ['a URL', url, item({ webhook: 'https://example.com/hook?u=1' })],
    ['an entity', entity, item({ email: 'a@b.c' }, '42')],
    ['an address in its template values', email, telling({ data: { user: { email: 'Ada@Example.com' } } })],
    ['a number as its whole text', phone, telling({ body: '+91 99999-12345' })],
    ['an address as its subject', email, telling({ subject: 'ada@example.com' })],
  ])('is about the person because of %s', (_, person, notification) => {
    expect(makeMatcher(person, options).notification(notification)).toBe(true);
  });

  it.each([
    ['another address of the same domain', email, item({ email: 'ida@example.com' })],
    ['a group that is another number', phone, telling({ group: '42' })],
    ['a group of the same name as an entity', entity, telling({ group: '42' })],
    ['a number that ends alike', phone, item({ sms: '+4917099912345' })],
    ['a URL with another query', url, item({ webhook: 'https://example.com/hook?u=12' })],
    ['an entity that begins alike', entity, item({ email: 'a@b.c' }, '421')],
    ['an address in a longer text', email, telling({ body: 'write to ada@example.com' })],
    ['a template value that is no entity', entity, telling({ data: { amount: 42 } })],
    ['a recipient that is no entity', entity, item({ email: '42' }, 'x')],
  ])('is not about the person because of %s', (_, person, notification) => {
    expect(makeMatcher(person, options).notification(notification)).toBe(false);
  });
});

describe('an event', () => {
  it.each([
    ['an address anywhere in its payload', email, { payload: { a: [{ b: { c: 'Ada@Example.com' } }] } }],
    ['an address as the name of a member', email, { payload: { a: { 'ADA@example.com': 1 } } }],
    ['the address as its subject', email, { subject: 'ADA@example.com' }],
    ['the address as an extension', email, { extensions: { mail: 'ada@example.com' } }],
    ["the address as the producer's id", email, { sourceId: 'ada@example.com' }],
    ['a number given as a number', phone, { payload: { phone: 9999912345 } }],
    ['a number with punctuation', phone, { payload: { phone: '+91 99999-12345' } }],
    ['an entity that is a number', entity, { payload: { user_id: 42 } }],
    ['an entity that is a long number', long, { payload: { user_id: new ExactNumber('9007199254740993') } }],
    ['an entity by its other name', entity, { payload: { entity_id: '42' } }],
    ['an entity as the subject', entity, { subject: '42' }],
  ])('is about the person because of %s', (_, person, changes) => {
    expect(makeMatcher(person, options).event(makeEvent(changes))).toBe(true);
  });

  it.each([
    ['an address in a longer text', email, { payload: { text: 'write to ada@example.com' } }],
    ['an entity that differs in the last digit', long, { payload: { user_id: 9007199254740992 } }],
    ['a null where an entity would be', { by: 'entity_id', value: 'null' } as Person, { payload: { user_id: null } }],
    ['the value of another member', entity, { payload: { amount: 42 } }],
    ['a member that is not its own', { by: 'entity_id', value: 'x' } as Person, { payload: {} }],
  ])('is not about the person because of %s', (_, person, changes) => {
    expect(makeMatcher(person, options).event(makeEvent(changes))).toBe(false);
  });

  it('with any payload is matched without an error, and found by a value anywhere in it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (payload) => {
        for (const person of [email, phone, url, entity]) makeMatcher(person, options).event(makeEvent({ payload }));
        const holder = { ...payload, zz: [[{ deep: 'ADA@EXAMPLE.COM' }]] };
        expect(makeMatcher(email, options).event(makeEvent({ payload: holder }))).toBe(true);
      }),
    );
  });
});

it('an address is named by what holds it, an entity by its very id alone', () => {
  const named = (person: Person, text: string) => makeMatcher(person, options).names(text);
  expect(named(email, 'mailto:Ada@example.com')).toBe(true);
  expect(named(email, 'signup/nada@example.com')).toBe(false);
  expect(named(idn, 'signup/ada@xn--bcher-kva.example')).toBe(true);
  expect(named(idn, 'signup/Ada@BÜCHER.example')).toBe(true);
  expect(named(idn, 'signup/nada@bücher.example')).toBe(false);
  expect(named(entity, '42')).toBe(true);
  expect(named(entity, '/shops/42')).toBe(false);
});

describe('an unreadable message holds', () => {
  it.each([
    [email, '{"to":"ADA@example.com"', true],
    [email, 'nada@example.com', false],
    [email, 'ada@example.com.au', false],
    [email, 'to ada@example.com.', true],
    [idn, '{"to":"ada@xn--bcher-kva.example"', true],
    [idn, '{"to":"Ada@Bücher.example"', true],
    [idn, 'nada@bücher.example', false],
    [idn, 'ada@bücher.example.org', false],
    [phone, 'call 00919999912345', true],
    [phone, 'call 1919999912345', false],
    [phone, 'call +919999912345!', true],
    [phone, '9199999123456', false],
    [entity, '"user_id":42,', true],
    [entity, '"user_id":420', false],
  ])('%j in %s: %s', (person, body, expected) => {
    expect(makeMatcher(person, options).message(rawMessage('dlm_1', 0, { body }))).toBe(expected);
  });
});
