import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { resultOf, retryAfterMs } from './answer.ts';

const now = Date.UTC(2027, 0, 15, 8);

const url = new URL('https://hooks.example.com/in?token=1');
const result = (statusCode: number, headers: IncomingHttpHeaders = {}) =>
  resultOf({ statusCode, headers }, { now, url });

describe('resultOf', () => {
  it.each([200, 201, 202, 204, 299])('%i is sent', (httpStatus) => {
    expect(result(httpStatus, { 'retry-after': '5' })).toEqual({ outcome: 'sent', httpStatus });
  });

  it.each([307, 308, 400, 401, 403, 404, 405, 408, 409, 413, 422, 425, 429, 500, 501, 502, 503, 504, 599])(
    '%i is tried again',
    (httpStatus) => {
      expect(result(httpStatus)).toEqual({ outcome: 'retry', error: `http_${httpStatus}`, httpStatus });
    },
  );

  it('tries again when the receiver says, whatever the status', () => {
    for (const status of [308, 404, 503])
      expect(result(status, { 'retry-after': '7' })).toMatchObject({ outcome: 'retry', retryAfterMs: 7_000 });
  });

  it('410 is final', () => {
    const answer = { outcome: 'failed', error: 'http_410', httpStatus: 410 };
    expect(result(410, { 'retry-after': '5' })).toEqual(answer);
  });

  it.each([300, 301, 302, 303, 304, 305])('%i is final', (httpStatus) => {
    const headers = { 'retry-after': '5', location: 'https://new.example.com/' };
    expect(result(httpStatus, headers)).toEqual({ outcome: 'failed', error: 'redirect_refused', httpStatus });
  });
});

describe('where 307 and 308 point', () => {
  it.each([
    ['https://new.example.com/in?token=2#x', 'https://new.example.com'],
    [`http://user:${'secret'}@new.example.com:8080/in`, 'http://new.example.com:8080'],
    ['//new.example.com/in', 'https://new.example.com'],
    ['/in/', 'https://hooks.example.com'],
    ['https://ünew.example.com/', 'https://xn--new-goa.example.com'],
    [`https://${'a'.repeat(63)}.example.com/${'b'.repeat(5_000)}`, `https://${'a'.repeat(63)}.example.com`],
    [`https://${'a.'.repeat(5_000)}example.com/`, undefined],
    ['mailto:someone@example.com', undefined],
    ['data:text/plain,secret', undefined],
    ['https://', undefined],
    [undefined, undefined],
  ])('%s is %s', (location, redirectedTo) => {
    expect(result(308, location === undefined ? {} : { location })).toEqual({
      outcome: 'retry',
      error: 'http_308',
      httpStatus: 308,
      ...(redirectedTo !== undefined && { redirectedTo }),
    });
  });
});

describe('retryAfterMs', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Fri, 15 Jan 2027 08:01:30 GMT', 90_000],
    ['Friday, 15-Jan-27 08:01:30 GMT', 90_000],
    ['Fri Jan 15 08:01:30 2027', 90_000],
    ['Fri, 15 Jan 2027 07:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['2027', 2_027_000],
    ['2027-01-15', undefined],
    ['99999999999', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j as %j', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});
