/** What a schedule must hold beyond its schema, by the time of day and by what it is made of. Pure. */
import { Temporal } from 'temporal-polyfill';
import type { FieldError } from '../errors.ts';
import { HORIZON_YEARS } from '../notifications/due-time.ts';
import { rfc3339 } from '../schema/time.ts';
import { endOf, makeTimetable, type ScheduleTiming, startOf } from './occurrences.ts';

const AHEAD = `${HORIZON_YEARS} years ahead`;

const horizonOf = (now: number): number =>
  Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO('UTC').add({ years: HORIZON_YEARS }).epochMilliseconds;

/** @param timing in the form that its schema demands. @param now business time, epoch ms */
export const timingErrors = (timing: ScheduleTiming, now: number): FieldError[] => {
  const refuse = (pointer: string, detail: string): FieldError[] => [{ pointer, detail }];
  const [start, end] = [startOf(timing), endOf(timing)];
  if (start > horizonOf(now)) return refuse('/start', `must not be more than ${AHEAD}`);
  if (end < Math.max(start, now)) return refuse('/end', 'must be after start, and not in the past');
  const { end: _, ...endless } = timing;
  const first = makeTimetable(endless).next(now);
  if (first === undefined || first > horizonOf(now))
    return refuse('/cron', `must have an occurrence less than ${AHEAD}`);
  return first > end ? refuse('/end', `must not be before the first occurrence, ${rfc3339(first)}`) : [];
};

/** Errors about a notification, as errors about the content of a schedule. Its times are the schedule's. */
export const ofContent = (errors: FieldError[]): FieldError[] =>
  errors
    .filter(({ pointer }) => !/^\/(send_at|target_date|timezone)\b/.test(pointer))
    .map(({ pointer, detail }) => ({ pointer: `/notification${pointer}`, detail }));
