/**
 * What clients command, pure: each answers the schedule as it is to be written. What becomes of the
 * named occurrence is marked in the same write, carried out by changes.ts, and recorded by `settled`.
 */
import { canonicalJson } from '../../schema/canonical-json.ts';
import { omit } from '../../schema/omit.ts';
import { type Eraser, isErased } from '../../store/erased.ts';
import { erased } from '../../store/fields.ts';
import { withoutUnknown } from '../../store/unknown-attributes.ts';
import { occurrenceId } from '../occurrence.ts';
import { endOf } from '../occurrences.ts';
import { isActive, isDeleted, isEnded, type Mark, type Outcome, type Schedule, scheduleFields } from '../schedule.ts';
import { closed, named, type ScheduleWriteContext } from './plan.ts';

export type ScheduleDraft = Omit<
  Schedule,
  'made' | 'revision' | 'revisionFrom' | 'createdAt' | 'updatedAt' | 'version' | 'writeId'
>;

/** Ended, where it has no occurrence at all. */
export const create = (draft: ScheduleDraft, on: ScheduleWriteContext): Schedule =>
  named(
    {
      ...draft,
      made: 0,
      revision: 1,
      revisionFrom: on.now,
      createdAt: on.now,
      updatedAt: on.now,
      version: 1,
      writeId: on.writeId,
    },
    on,
  );

/** Something is to be done with the named occurrence, or it may still be ahead. */
const hasPending = (schedule: Schedule): boolean =>
  schedule.mark !== undefined || (isActive(schedule) && schedule.occurrence !== undefined);

/** A cancel that is marked already goes on: the occurrence that it is for will be gone. */
const marked = (schedule: Schedule, mark: Mark, on: ScheduleWriteContext): Schedule => ({
  ...schedule,
  mark: schedule.mark === 'cancel' ? 'cancel' : mark,
  nextCheckAt: on.now,
});

const changed = (schedule: Schedule, on: ScheduleWriteContext): Schedule => ({
  ...omit(schedule, 'pending'),
  version: schedule.version + 1,
  updatedAt: on.now,
  writeId: on.writeId,
});

/** Nothing of it is planned any more. Repeating it changes nothing. */
export const remove = (schedule: Schedule, on: ScheduleWriteContext): Schedule => {
  if (isDeleted(schedule)) return schedule;
  const next = { ...changed(schedule, on), deletedAt: on.now };
  return hasPending(schedule) ? marked(next, 'cancel', on) : withoutContent(closed(next, on));
};

const withoutContent = (schedule: Schedule): Schedule => omit(schedule, 'content');

const differs = (a: Schedule, b: Schedule, names: readonly (keyof Schedule)[]): boolean =>
  names.some((name) => canonicalJson([a[name] ?? null]) !== canonicalJson([b[name] ?? null]));

const TIMES = ['cron', 'timezone', 'start'] as const;
const BOUNDS = ['end', 'count'] as const;

/** Whether the named occurrence is one too many, by `end` or by `count`. */
const isBeyond = (schedule: Schedule): boolean =>
  (schedule.occurrence?.at ?? 0) > endOf(schedule) || schedule.made > (schedule.count ?? Number.POSITIVE_INFINITY);

/** From now on, by a revision of its own: the instant of a canceled occurrence can be that of another. */
const restarted = (schedule: Schedule, pending: boolean, on: ScheduleWriteContext): Schedule => {
  const revisionFrom = Math.max(schedule.revisionFrom, on.now);
  const next = { ...omit(schedule, 'endedAt', 'expiresAt'), revision: schedule.revision + 1, revisionFrom };
  return pending ? marked(next, 'cancel', on) : named(next, on);
};

/**
 * New timing, resuming, and an end before or after the present one begin a revision; new content is
 * for the planned occurrence too. What changes nothing is not written. `edited` is the schedule with
 * other settings.
 */
export const patch = (schedule: Schedule, edited: Schedule, paused: boolean, on: ScheduleWriteContext): Schedule => {
  const isPaused = schedule.pausedAt !== undefined;
  const retimed = differs(schedule, edited, TIMES);
  const rebounded = differs(schedule, edited, BOUNDS);
  const rewritten = differs(schedule, edited, ['content']);
  if (paused === isPaused && !retimed && !rebounded && !rewritten && !differs(schedule, edited, ['misfire']))
    return schedule;
  const pending = hasPending(schedule);
  const next = changed(edited, on);
  if (paused) {
    const halted = { ...next, pausedAt: schedule.pausedAt ?? on.now };
    return pending ? marked(halted, 'cancel', on) : halted;
  }
  const resumed = omit(next, 'pausedAt');
  const revived = isEnded(schedule) && rebounded;
  if (isPaused || retimed || revived || (pending && isBeyond(resumed))) return restarted(resumed, pending, on);
  return pending && rewritten ? marked(resumed, 'edit', on) : resumed;
};

/**
 * The mark is carried out: it goes, and what follows is planned. An occurrence that was canceled is
 * no more; one that was too late to cancel is used up, and what follows comes after it.
 */
export const settled = (schedule: Schedule, outcome: Outcome, on: ScheduleWriteContext): Schedule => {
  const { mark, occurrence, ...rest } = schedule;
  if (!mark || !occurrence) return schedule;
  const isGone = mark === 'cancel' && outcome === 'canceled';
  const next: Schedule = {
    ...rest,
    ...(!isGone && { occurrence: { ...occurrence, made: true } }),
    ...(mark !== 'make' && { pending: { id: occurrenceId(schedule, occurrence), outcome } }),
    writeId: on.writeId,
  };
  if (isDeleted(next))
    return withoutContent(closed(isErased(next) ? omit(withoutUnknown(next), 'fingerprint') : next, on));
  if (!isActive(next)) return omit(next, 'nextCheckAt');
  if (occurrence.revision !== next.revision) return named(next, on);
  return { ...next, nextCheckAt: occurrence.at };
};

/** Removed, and marked as the job's in the same write; `settled` takes what is left of it. */
export const erase = (schedule: Schedule, by: Eraser, on: ScheduleWriteContext): Schedule => {
  if (isErased(schedule)) return schedule;
  const removed = remove(schedule, on);
  const left = removed.mark === undefined ? erased(scheduleFields, removed, by) : removed;
  return { ...left, erasedAt: on.now, erasedBy: by.jobId, updatedAt: on.now, writeId: on.writeId };
};
