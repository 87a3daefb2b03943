/** The rules of window and expiry that no schema says: those of zones, and of both together. */
import type { FieldError } from '../errors.ts';
import { textOf } from '../schema/omit-undefined.ts';
import { isTimeZone, rfc3339 } from '../schema/time.ts';
import { ZONE_RULE } from './due-time.ts';
import { expiryTime, type Rules, timeToAct } from './state/time-to-act.ts';

/** @param window of a body, which may break its schema */
export const windowErrors = (window: unknown): FieldError[] => {
  const zone = textOf((window as { timezone?: unknown } | null | undefined)?.timezone);
  if (zone === undefined || isTimeZone(zone)) return [];
  return [{ pointer: '/window/timezone', detail: ZONE_RULE }];
};

/** @param item must have passed {@link windowErrors} and the rules of its timing */
export const expiryErrors = (item: Rules, now: number): FieldError[] => {
  const act = timeToAct(item, item.sendAt, now);
  if (!('ended' in act) || act.ended !== 'expired') return [];
  const earliest = timeToAct({ ...item, expiresAfter: undefined }, item.sendAt, now);
  const first = 'at' in earliest ? Math.max(earliest.at, now) : now;
  const detail =
    `must last beyond ${rfc3339(first)}, the first time to send by its window; it would end ${rfc3339(expiryTime(item))}. ` +
    'Give a longer one, or another window or time';
  return [{ pointer: '/expires_after', detail }];
};
