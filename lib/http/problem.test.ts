import { expect, it } from 'vitest';
import { ERRORS_MAX, validationFailed } from '../errors.ts';

const broken = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ pointer: `/k${at}`, detail: 'is not known' }));

it('says every broken rule, in its detail and one by one', () => {
  const error = validationFailed(broken(2));
  expect(error).toMatchObject({ code: 'validation-failed', detail: '/k0: is not known; /k1: is not known' });
  expect(error.errors).toEqual(broken(2));
});

it('says the first hundred of them and how many more there are: a refusal is never larger than its request by much', () => {
  const error = validationFailed(broken(40_000));
  expect(error.errors).toEqual(broken(ERRORS_MAX));
  expect(error.detail).toMatch(/; \/k99: is not known; and 39900 more$/);
});

it('cuts a name that is longer than one can read, and none in the middle of a character', () => {
  const { errors = [], detail } = validationFailed([{ pointer: `/${'😀'.repeat(30_000)}`, detail: 'is not known' }]);
  expect(errors[0]?.pointer).toHaveLength(256);
  expect(errors[0]?.pointer).toMatch(/^\/(😀)+\ufffd?…$/u);
  expect(detail).toBe(`${errors[0]?.pointer}: is not known`);
});
