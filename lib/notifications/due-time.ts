import { Temporal } from 'temporal-polyfill';
import type { FieldError } from '../errors.ts';
import { LEAD_TIME_DAYS_DEFAULT } from '../schema/notification-types.ts';
import { ceilMs, isTimeZone, parseTime } from '../schema/time.ts';

export const PAST_GRACE_MS = 5 * 60_000;
export const HORIZON_YEARS = 10;
export const LEAD_TIME_DAYS_MAX = 3650;

/**
 * When something is due, as a client said it: either a target with a lead, or the very time; and
 * the zone that local times are in.
 */
export interface Timing {
  target_date?: string;
  lead_time_days?: number;
  send_at?: string;
  timezone?: string;
}

export interface Due {
  /** Epoch ms, rounded up. */
  sendAt: number;
  targetDate?: number;
}

const UNPARSABLE = 'must be an RFC 3339 time, a local time without offset, or a date, that exists in the calendar';

export const ZONE_RULE = 'must be the name of an IANA time zone, for example Europe/Berlin, and not an offset';

/**
 * Only the form, free of the time of day: so that a replay is recognised before any rule that
 * depends on it.
 */
export const checkTimingForm = (timing: Timing): FieldError[] => {
  const errors: FieldError[] = [];
  const refuse = (field: string, detail: string) => errors.push({ pointer: `/${field}`, detail });
  const both = timing.target_date !== undefined && timing.send_at !== undefined;
  if (both) refuse('send_at', 'must not be given together with target_date');
  if (timing.target_date === undefined && timing.send_at === undefined) {
    refuse('target_date', 'target_date (with lead_time_days) or send_at is required');
  }
  if (!both && timing.send_at !== undefined && timing.lead_time_days !== undefined) {
    refuse('lead_time_days', 'must not be given together with send_at');
  }
  if (timing.timezone !== undefined && !isTimeZone(timing.timezone)) {
    refuse('timezone', ZONE_RULE);
  }
  for (const field of ['target_date', 'send_at'] as const) {
    const text = timing[field];
    if (text !== undefined && !parseTime(text)) refuse(field, UNPARSABLE);
  }
  return errors;
};

const checkWindow = (field: string, at: number, now: number): FieldError[] => {
  if (at < now - PAST_GRACE_MS)
    return [{ pointer: `/${field}`, detail: 'must not be more than 5 minutes in the past' }];
  const horizon = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO('UTC').add({ years: HORIZON_YEARS });
  if (at <= horizon.epochMilliseconds) return [];
  return [{ pointer: `/${field}`, detail: `must not be more than ${HORIZON_YEARS} years ahead` }];
};

/**
 * When it is due: `send_at`, or `target_date` less `lead_time_days` calendar days in `timezone`. A
 * due time already past while the target is ahead means now. `timing` must have passed {@link
 * checkTimingForm}. `acceptPast` is for what a rule makes of an event: the event was accepted in
 * time, so its notification is never refused as past.
 */
export const dueTime = (
  timing: Timing,
  now: number,
  options: { acceptPast?: boolean } = {},
): Due | { errors: FieldError[] } => {
  const field = timing.send_at !== undefined ? 'send_at' : 'target_date';
  const target = parseTime(timing[field] ?? '', timing.timezone);
  if (!target) return { errors: [{ pointer: `/${field}`, detail: UNPARSABLE }] };
  const targetAt = ceilMs(target);
  const errors = checkWindow(field, options.acceptPast ? Math.max(targetAt, now) : targetAt, now);
  if (errors.length > 0) return { errors };
  if (field === 'send_at') return { sendAt: Math.max(targetAt, now) };
  // What lies before the calendar is past.
  const due = parseTime(timing.target_date ?? '', timing.timezone, timing.lead_time_days ?? LEAD_TIME_DAYS_DEFAULT);
  return { sendAt: Math.max(due ? ceilMs(due) : now, now), targetDate: targetAt };
};

/** A PATCH over what was last given: naming one form drops the other. */
export const mergeTiming = (given: Timing, patch: Timing): Timing => {
  const merged: Timing = { ...given, ...patch };
  if (patch.send_at !== undefined && patch.target_date === undefined) {
    delete merged.target_date;
    if (patch.lead_time_days === undefined) delete merged.lead_time_days;
  }
  if (patch.target_date !== undefined && patch.send_at === undefined) delete merged.send_at;
  return merged;
};
