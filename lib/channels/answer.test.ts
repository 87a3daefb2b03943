import { describe, expect, it } from 'vitest';
import { resultOf, retryAfterMs } from './answer.ts';

const now = Date.UTC(2027, 0, 15, 8);

describe('resultOf', () => {
  it.each([200, 201, 202, 204, 299])('%i is sent', (httpStatus) => {
    expect(resultOf(httpStatus, '5', now)).toEqual({ outcome: 'sent', httpStatus });
  });

  it.each([400, 401, 403, 404, 405, 408, 409, 413, 422, 425, 429, 500, 501, 502, 503, 504, 599])(
    '%i is tried again',
    (httpStatus) => {
      expect(resultOf(httpStatus, undefined, now)).toEqual({
        outcome: 'retry',
        error: `http_${httpStatus}`,
        httpStatus,
      });
    },
  );

  it('tries again when the receiver says, whatever the status', () => {
    expect(resultOf(503, '7', now)).toMatchObject({ outcome: 'retry', retryAfterMs: 7_000 });
    expect(resultOf(404, '7', now)).toMatchObject({ outcome: 'retry', retryAfterMs: 7_000 });
  });

  it('410 is final', () => {
    expect(resultOf(410, '5', now)).toEqual({ outcome: 'failed', error: 'http_410', httpStatus: 410 });
  });

  it.each([300, 301, 302, 303, 304, 307, 308])('%i is final', (httpStatus) => {
    expect(resultOf(httpStatus, '5', now)).toEqual({ outcome: 'failed', error: 'redirect_refused', httpStatus });
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
