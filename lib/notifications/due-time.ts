import { Temporal } from 'temporal-polyfill';
import type { FieldError } from '../errors.ts';
import { type MergePatch, mergePatch } from '../schema/merge-patch.ts';
import { LEAD_TIME_DAYS_DEFAULT } from '../schema/notification-types.ts';
import { ceilMs, isTimeZone, parseTime, rfc3339 } from '../schema/time.ts';

export const PAST_GRACE_MS = 5 * 60_000;
export const HORIZON_YEARS = 10;
const YEAR_MS_MIN = 365 * 86_400_000;
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

/** What becomes of a due time that has passed while its target has not. */
export const IF_PAST = ['send', 'skip', 'reject'] as const;
export type IfPast = (typeof IF_PAST)[number];

export interface Due {
  /** Epoch ms, rounded up. */
  sendAt: number;
  targetDate?: number;
  /** It has passed, and `if_past` is `skip`: nothing is to be sent. */
  isSkipped?: true;
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
  if (at < now + HORIZON_YEARS * YEAR_MS_MIN) return [];
  const horizon = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO('UTC').add({ years: HORIZON_YEARS });
  if (at <= horizon.epochMilliseconds) return [];
  return [{ pointer: `/${field}`, detail: `must not be more than ${HORIZON_YEARS} years ahead` }];
};

const pastError = (dueAt: number, lead: number): FieldError => ({
  pointer: '/target_date',
  detail:
    `must be more than ${lead} days ahead (lead_time_days) while if_past is reject: it was due ${rfc3339(dueAt)}. ` +
    'Give a later date, a shorter lead, or another if_past',
});

/**
 * When it is due: `send_at`, or `target_date` less `lead_time_days` calendar days in `timezone`. A
 * due time that has passed while the target is ahead is what `ifPast` says; by default it means now.
 * `timing` must have passed {@link checkTimingForm}. `acceptPast` is for what a rule makes of an
 * event: the event was accepted in time, so its notification is never refused as past.
 */
export const dueTime = (
  timing: Timing,
  now: number,
  { acceptPast, ifPast = 'send' }: { acceptPast?: boolean; ifPast?: IfPast | undefined } = {},
): Due | { errors: FieldError[] } => {
  const field = timing.send_at !== undefined ? 'send_at' : 'target_date';
  const target = parseTime(timing[field] ?? '', timing.timezone);
  if (!target) return { errors: [{ pointer: `/${field}`, detail: UNPARSABLE }] };
  const targetDate = ceilMs(target);
  const errors = checkWindow(field, acceptPast ? Math.max(targetDate, now) : targetDate, now);
  if (errors.length > 0) return { errors };
  if (field === 'send_at') return { sendAt: Math.max(targetDate, now) };
  const lead = timing.lead_time_days ?? LEAD_TIME_DAYS_DEFAULT;
  // What lies before the calendar is now.
  const due = parseTime(timing.target_date ?? '', timing.timezone, lead);
  const dueAt = due ? ceilMs(due) : now;
  // A target without a lead that has just passed is now, as `send_at` is.
  if (ifPast === 'send' || dueAt >= now || dueAt >= targetDate) return { sendAt: Math.max(dueAt, now), targetDate };
  return ifPast === 'skip' ? { sendAt: dueAt, targetDate, isSkipped: true } : { errors: [pastError(dueAt, lead)] };
};

/** A PATCH over what was last given: naming one form drops the other, `null` removes. */
export const mergeTiming = (given: Timing, patch: MergePatch<Timing>): Timing => {
  const names = (name: keyof Timing): boolean => (patch[name] ?? undefined) !== undefined;
  const merged = mergePatch(given, patch) as Timing;
  if (names('send_at') && !names('target_date')) {
    delete merged.target_date;
    if (!names('lead_time_days')) delete merged.lead_time_days;
  }
  if (names('target_date') && !names('send_at')) delete merged.send_at;
  return merged;
};

/** With the default lead where there is a target without one. */
export const withLead = (timing: Timing): Timing =>
  timing.target_date === undefined
    ? timing
    : { ...timing, lead_time_days: timing.lead_time_days ?? LEAD_TIME_DAYS_DEFAULT };
