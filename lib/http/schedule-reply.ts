/** What the handlers of one schedule share. */
import * as z from 'zod';
import { clock } from '../platform/clock.ts';
import type { Schedule } from '../schedules/schedule.ts';
import { viewSchedule } from '../schedules/view.ts';
import { idOf } from '../schema/ids.ts';
import type { Reply } from './types.ts';

export const scheduleParams = z.object({ id: idOf('sch_') });

/** A schedule and, as its `ETag`, the version that If-Match takes. */
export const scheduleReply = (schedule: Schedule): Reply => ({
  body: viewSchedule(schedule, clock.now()),
  headers: { etag: `"${schedule.version}"` },
});
