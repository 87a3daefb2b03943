/** What was taken comes back as it was given: no digit, character or member of free JSON changes. */
import { isDeepStrictEqual } from 'node:util';
import { exactValue } from '../../../lib/testing/exact-value.ts';
import type { Answer } from '../kit/client.ts';
import type { FuzzRequest } from './request.ts';

/** A member of a body, and the members of the answer that may show it: a CloudEvent's data is the payload. */
const SHOWN_AS: Record<string, readonly string[]> = { payload: ['payload'], data: ['data', 'payload'] };

const objectOf = (text: string): Record<string, unknown> | undefined => {
  try {
    const value = exactValue(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // No JSON: the rest of the oracle judges it.
  }
};

/** Of an answer that shows a new record. A repetition shows the record as it is now. */
export const judgeKept = ({ method, body }: FuzzRequest, { status, headers, text }: Answer<unknown>): string[] => {
  if (method !== 'POST' || status !== 201 || headers.has('idempotent-replayed')) return [];
  const given = objectOf(String(body));
  const shown = objectOf(text);
  if (!given || !shown) return [];
  const changed = Object.entries(SHOWN_AS).filter(([name, places]) => {
    // A member of a CloudEvent that is null is unset.
    if (!Object.hasOwn(given, name) || given[name] === null) return false;
    const place = places.find((one) => Object.hasOwn(shown, one));
    return place !== undefined && !isDeepStrictEqual(given[name], shown[place]);
  });
  return changed.map(([name]) => `${name} came back changed`);
};
