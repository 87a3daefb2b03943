/** What a webhook receiver's answer means for the notification. */
import type { SendResult } from '../ports.ts';

const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*[, ]/;

/** RFC 9110, 10.2.3: delta seconds or an HTTP date, here in ms from `now` (epoch ms, wall clock). Undefined when it is neither. */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  if (/^\d{1,10}$/.test(header)) return Number(header) * 1000;
  // All three forms are UTC, of which asctime's says nothing.
  const at = HTTP_DATE.test(header) ? Date.parse(header.endsWith('GMT') ? header : `${header} GMT`) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
};

/**
 * 2xx is sent. Hopeless are only 410 (the receiver asks to be left alone) and 3xx (a redirect is never followed, and the URL is not
 * ours to change). All the rest is tried again, 4xx included: 401, 403, 404, 413 or 422 is how a receiver that is being deployed or
 * misconfigured answers, the retry schedule spans days, and a needless request costs less than a lost notification. Standard Webhooks
 * and the services built on it (Svix, Outpost, Convoy) do the same.
 */
export const resultOf = (httpStatus: number, retryAfter: string | undefined, now: number): SendResult => {
  if (httpStatus >= 200 && httpStatus < 300) return { outcome: 'sent', httpStatus };
  if (httpStatus >= 300 && httpStatus < 400) return { outcome: 'failed', error: 'redirect_refused', httpStatus };
  if (httpStatus === 410) return { outcome: 'failed', error: 'http_410', httpStatus };
  const wait = retryAfterMs(retryAfter, now);
  return {
    outcome: 'retry',
    error: `http_${httpStatus}`,
    httpStatus,
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
};
