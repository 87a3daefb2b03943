import { validationFailed } from '../errors.ts';
import { fromInput } from '../store/fields.ts';
import { timingErrors } from './rules.ts';
import { type SchedulePreview, scheduleFields } from './schedule.ts';
import { UPCOMING } from './settings.ts';
import { upcoming } from './state/plan.ts';

/**
 * The next instants, epoch ms, of a schedule that is created at `now`. Nothing is stored. Throws
 * `validation-failed` as the creation would.
 */
export const previewSchedule = (input: SchedulePreview, now: number): number[] => {
  const timing = fromInput(scheduleFields, input);
  const errors = timingErrors(timing, now);
  if (errors.length > 0) throw validationFailed(errors);
  return upcoming({ ...timing, made: 0, revisionFrom: now }, now, UPCOMING);
};
