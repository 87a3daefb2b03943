/** The rules of the new time of a bulk reschedule, as far as they hold for every member. Pure. */
import type { FieldError } from '../errors.ts';
import { checkTimingForm, dueTime, type Timing } from '../notifications/due-time.ts';
import { withoutAnnotations } from '../notifications/time-annotations.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import type { TimePatch } from './command.ts';

/** Where no zone is given, each member's own decides: then only what is wrong in all of them is refused. */
const ZONES = ['Etc/GMT+12', 'Pacific/Kiritimati'];

const windowErrors = (time: Timing, now: number): FieldError[] => {
  const judged = (time.timezone === undefined ? ZONES : [time.timezone]).map((timezone) =>
    dueTime({ ...time, timezone }, now),
  );
  return judged.every((due) => 'errors' in due) ? (judged[0]?.errors ?? []) : [];
};

export const timeErrors = (patch: TimePatch, now: number): FieldError[] => {
  const { target_date, lead_time_days, send_at, timezone } = patch;
  const given = omitUndefined({ target_date, lead_time_days, send_at, timezone });
  const { timing, errors } = withoutAnnotations(given);
  const form = [...checkTimingForm(timing), ...errors].filter(({ pointer }) => Object.hasOwn(given, pointer.slice(1)));
  if (form.length > 0 || (timing.target_date === undefined && timing.send_at === undefined)) return form;
  return windowErrors(timing, now);
};
