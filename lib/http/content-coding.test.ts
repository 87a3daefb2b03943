import { expect, it } from 'vitest';
import { acceptedCoding } from './content-coding.ts';

it.each([
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['br;q=0.5, gzip', 'gzip'],
  ['*', 'br'],
  ['*;q=0.5, br;q=0', 'gzip'],
  ['gzip;q=0.001', 'gzip'],
  ['gzip;q=0', undefined],
  ['gzip;q=0.5, identity', undefined],
  ['gzip, identity;q=0.5', 'gzip'],
  ['identity', undefined],
  ['deflate', undefined],
  ['gzip;q=best', undefined],
  ['', undefined],
  [undefined, undefined],
])('of br and gzip, %j prefers %j', (header, coding) => {
  expect(acceptedCoding(header, ['br', 'gzip'])).toBe(coding);
});
