/** What a webhook receiver's answer means for the notification. */
import type { IncomingMessage } from 'node:http';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import type { SendResult } from '../channel.ts';

const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*[, ]/;

/**
 * RFC 9110, 10.2.3: delta seconds or an HTTP date, here in ms from `now` (epoch ms, wall clock).
 * Undefined when it is neither.
 */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  if (/^\d{1,10}$/.test(header)) return Number(header) * 1000;
  // All three forms are UTC, of which asctime's says nothing.
  const at = HTTP_DATE.test(header) ? Date.parse(header.endsWith('GMT') ? header : `${header} GMT`) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
};

/** `https://` + the longest name + the longest port. */
const ORIGIN_LENGTH_MAX = 8 + 253 + 6;

/**
 * Where a redirect points, without path and query, which may hold secrets; undefined when it points
 * nowhere over HTTP.
 */
const originOf = (location: string | undefined, base: URL): string | undefined => {
  const target = location === undefined ? null : URL.parse(location, base.href);
  if (target?.protocol !== 'https:' && target?.protocol !== 'http:') return undefined;
  return target.origin.length <= ORIGIN_LENGTH_MAX ? target.origin : undefined;
};

/** Redirects that keep a POST a POST. */
const isRedirectedPost = (httpStatus: number): boolean => httpStatus === 307 || httpStatus === 308;

/**
 * 2xx is sent; only 410 and most of 3xx are final; all the rest is tried again, 4xx included: lib/README.md,
 * Decisions.
 * @param on `now` is epoch ms, wall clock; `url` where it was sent
 */
export const resultOf = (
  { statusCode: httpStatus = 0, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>,
  { now, url }: { now: number; url: URL },
): SendResult => {
  if (httpStatus >= 200 && httpStatus < 300) return { outcome: 'sent', httpStatus };
  const isRedirect = isRedirectedPost(httpStatus);
  if (httpStatus >= 300 && httpStatus < 400 && !isRedirect)
    return { outcome: 'failed', error: 'redirect_refused', httpStatus };
  if (httpStatus === 410) return { outcome: 'failed', error: 'http_410', httpStatus };
  return {
    outcome: 'retry',
    error: `http_${httpStatus}`,
    httpStatus,
    ...omitUndefined({
      retryAfterMs: retryAfterMs(headers['retry-after'], now),
      redirectedTo: isRedirect ? originOf(headers.location, url) : undefined,
    }),
  };
};
