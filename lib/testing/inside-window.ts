/** Whether an attempt may start at an instant: by Temporal, apart from how the service computes it. */
import { Temporal } from 'temporal-polyfill';
import type { Notification } from '../notifications/notification.ts';
import { durationMs } from '../schema/duration.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export const isInsideWindow = ({ window, timing }: Pick<Notification, 'window' | 'timing'>, at: number): boolean => {
  if (!window) return true;
  const zone = window.timezone ?? timing.timezone ?? 'UTC';
  const today = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
  const instant = (date: Temporal.PlainDate, time: string): number =>
    date.toPlainDateTime(Temporal.PlainTime.from(time)).toZonedDateTime(zone).epochMilliseconds;
  return [-2, -1, 0, 1].some((days) => {
    const date = today.add({ days });
    if (window.days && !window.days.some((day) => day === DAYS[date.dayOfWeek - 1])) return false;
    const last = window.until <= window.from ? date.add({ days: 1 }) : date;
    return instant(date, window.from) <= at && at < instant(last, window.until);
  });
};

/** Inside its window, and before its expiry. */
export const mayStart = (item: Notification, at: number): boolean =>
  isInsideWindow(item, at) && (item.expiresAfter === undefined || at < item.sendAt + durationMs(item.expiresAfter));
