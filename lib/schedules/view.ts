/** What a client sees of a schedule. */
import * as z from 'zod';
import { makeView, viewShape } from '../store/fields.ts';
import { occurrenceId } from './occurrence.ts';
import { type Schedule, scheduleFields } from './schedule.ts';
import { UPCOMING } from './settings.ts';
import { upcoming } from './state/plan.ts';

export const scheduleViewSchema = z.object(viewShape(scheduleFields)).meta({ id: 'Schedule' });
export type ScheduleView = z.output<typeof scheduleViewSchema>;

const view = makeView<typeof scheduleFields, Schedule, object>(scheduleFields);

/** @param now business time, epoch ms */
export const viewSchedule = (schedule: Schedule, now: number): ScheduleView => {
  const { occurrence } = schedule;
  return view(schedule, {
    upcoming: upcoming(schedule, now, UPCOMING),
    planned: occurrence && { ...occurrence, id: occurrenceId(schedule, occurrence) },
  });
};

export const previewViewSchema = z
  .object({ next_occurrences: viewShape(scheduleFields).next_occurrences })
  .meta({ id: 'SchedulePreviewResult' });
