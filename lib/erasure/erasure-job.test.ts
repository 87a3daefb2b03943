import { describe, expect, it } from 'vitest';
import { makePhoneNumbers } from '../schema/phone.ts';
import { erasureSchema, masked, personErrors, personOf } from './erasure-job.ts';

const options = { phones: makePhoneNumbers('IN'), webhook: { allowPrivate: false, allowHttp: false } };

describe('an order of erasure', () => {
  it.each([
    [{ email: 'Ada@Bücher.example' }, { by: 'email', value: 'ada@xn--bcher-kva.example' }, 'a***@x***'],
    [{ email: 'Ada@Example.com' }, { by: 'email', value: 'ada@example.com' }, 'a***@e***'],
    [{ phone: '99999 12345' }, { by: 'phone', value: '+919999912345' }, '***45'],
    [{ phone: '+9114155550123' }, { by: 'phone', value: '+9114155550123' }, '***23'],
    [{ webhook_url: 'HTTP://Example.com:80/x' }, { by: 'webhook_url', value: 'http://example.com/x' }, 'https://e***'],
    [{ entity_id: 'user-1' }, { by: 'entity_id', value: 'user-1' }, 'u***'],
  ])('%j is put in normal form, and masked', (input, person, hidden) => {
    const given = personOf(erasureSchema.parse(input), options);
    expect(given).toEqual(person);
    expect(masked(given)).toBe(hidden);
  });

  it.each([
    [{}, ''],
    [{ email: 'a@b.co', phone: '+919999912345' }, ''],
    [{ email: 'no-address' }, 'email'],
    [{ name: 'Ada' }, ''],
  ])('%j is refused', (input, path) => {
    const issue = erasureSchema.safeParse(input).error?.issues[0];
    expect(issue?.path.join('/')).toBe(path);
  });

  it.each([
    [{ phone: '12' }, '/phone'],
    [{ webhook_url: 'nowhere' }, '/webhook_url'],
  ])('%j is refused by name', (input, pointer) => {
    expect(() => personOf(input, options)).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer })] }),
    );
  });

  it('a foreign number without its + is refused, and not read as a number of the own country', () => {
    const detail = 'must be one number: start with + and the country code, or give valid national digits of IN';
    expect(() => personOf({ phone: '14155550123' }, options)).toThrow(
      expect.objectContaining({ errors: [{ pointer: '/phone', detail }] }),
    );
    expect(personErrors({ phone: '14155550123' }, options)).toEqual([{ pointer: '/phone', detail }]);
  });
});
