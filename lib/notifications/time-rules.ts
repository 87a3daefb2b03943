/** The rules of window and expiry that no schema says: those of zones, and of both together. */
import type { FieldError } from '../errors.ts';
import { textOf } from '../schema/omit-undefined.ts';
import { isTimeZone, rfc3339 } from '../schema/time.ts';
import { type Due, ZONE_RULE } from './due-time.ts';
import { expiryTime, type Rules, timeToAct } from './state/time-to-act.ts';

/** @param window of a body, which may break its schema */
export const windowErrors = (window: unknown): FieldError[] => {
  const zone = textOf((window as { timezone?: unknown } | null | undefined)?.timezone);
  if (zone === undefined || isTimeZone(zone)) return [];
  return [{ pointer: '/window/timezone', detail: ZONE_RULE }];
};

/** @param item must have passed {@link windowErrors} and the rules of its timing */
export const expiryErrors = (item: Rules & Pick<Due, 'isSkipped'>, now: number): FieldError[] => {
  if (item.isSkipped) return [];
  const at = Math.max(item.sendAt, now);
  const act = timeToAct(item, at, now);
  if (!('ended' in act) || act.ended !== 'expired') return [];
  const inWindow = timeToAct({ ...item, expiresAfter: undefined }, at, now);
  const first = 'at' in inWindow ? inWindow.at : at;
  const detail =
    `must last beyond ${rfc3339(first)}, the first time to send${item.window ? ' by its window' : ''}; it would end ` +
    `${rfc3339(expiryTime(item))}. Give a longer one, or another window or time`;
  return [{ pointer: '/expires_after', detail }];
};
