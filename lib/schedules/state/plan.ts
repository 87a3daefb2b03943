/** Which instant of a schedule is its next occurrence, what is missed, and when it ends. Pure. */
import { omit } from '../../schema/omit.ts';
import { expiryOf, type Retention } from '../../store/retention.ts';
import { makeTimetable, type ScheduleTiming } from '../occurrences.ts';
import { isActive, type Schedule } from '../schedule.ts';

/** What could not be made by then, `misfire` decides on. */
export const MISSED_AFTER_MS = 5 * 60_000;

export interface ScheduleWriteContext {
  /** Business time. */
  now: number;
  writeId: string;
  policy: Retention;
}

/**
 * A key may be used again once its schedule has expired: what is canceled of it must be gone by then, for the
 * new one may name the same instants.
 */
const expiryOfSchedule = (on: ScheduleWriteContext): number =>
  Math.max(...([undefined, 'CANCELED'] as const).map((kept) => expiryOf({ createdAt: on.now }, kept, on)));

/** It leaves the reconciler's index, and may expire. */
export const closed = (schedule: Schedule, on: ScheduleWriteContext): Schedule => ({
  ...omit(schedule, 'mark', 'nextCheckAt'),
  expiresAt: expiryOfSchedule(on),
  writeId: on.writeId,
});

const isUsedUp = ({ count, made }: Schedule): boolean => count !== undefined && made >= count;

const nextOf = (schedule: Schedule, now: number): number | undefined => {
  if (isUsedUp(schedule)) return undefined;
  const timetable = makeTimetable(schedule);
  const after = Math.max(schedule.revisionFrom, schedule.occurrence?.at ?? 0);
  const next = timetable.next(after);
  const missedBefore = now - MISSED_AFTER_MS;
  if (next === undefined || next >= missedBefore) return next;
  return schedule.misfire === 'skip' ? timetable.next(missedBefore - 1) : timetable.last(after, now);
};

/** With its next occurrence named, to be made; or ended, where there is none. */
export const named = (schedule: Schedule, on: ScheduleWriteContext): Schedule => {
  const at = nextOf(schedule, on.now);
  if (at === undefined) return { ...closed(schedule, on), endedAt: on.now };
  return {
    ...schedule,
    // The instant before it is over, also for a host whose clock has not come to it.
    revisionFrom: Math.max(schedule.revisionFrom, schedule.occurrence?.at ?? 0),
    occurrence: { at, revision: schedule.revision },
    mark: 'make',
    made: schedule.made + 1,
    nextCheckAt: Math.min(schedule.nextCheckAt ?? on.now, on.now),
    writeId: on.writeId,
  };
};

/** At its time to plan, when the occurrence before is due. The same schedule at other times. */
export const planned = (schedule: Schedule, on: ScheduleWriteContext): Schedule => {
  const isDue = schedule.nextCheckAt !== undefined && schedule.nextCheckAt <= on.now;
  return isDue && isActive(schedule) && schedule.mark === undefined ? named(schedule, on) : schedule;
};

/** Whether the occurrence that is still to be made comes too late: then a canceled one takes its place. */
export const isMissed = (schedule: Schedule, now: number): boolean => {
  const { occurrence, misfire } = schedule;
  if (!occurrence || occurrence.at >= now - MISSED_AFTER_MS) return false;
  if (misfire === 'skip') return true;
  return !isUsedUp(schedule) && (makeTimetable(schedule).next(occurrence.at) ?? now + 1) <= now;
};

type Timed = ScheduleTiming & Pick<Schedule, 'made' | 'revisionFrom'> & Partial<Schedule>;

/** The next instants after `now`, the planned one first, as many as `max` and `count` leave. */
export const upcoming = (schedule: Timed, now: number, max: number): number[] => {
  const { occurrence, mark, revisionFrom } = schedule;
  if (!isActive(schedule)) return [];
  const current = mark === 'cancel' ? undefined : occurrence?.at;
  const left = Math.max(0, (schedule.count ?? Number.POSITIVE_INFINITY) - schedule.made);
  const found = current !== undefined && current > now ? [current] : [];
  const size = Math.min(max, found.length + left);
  const timetable = makeTimetable(schedule);
  while (found.length < size) {
    const next = timetable.next(found.at(-1) ?? Math.max(now, revisionFrom, current ?? 0));
    if (next === undefined) break;
    found.push(next);
  }
  return found;
};
