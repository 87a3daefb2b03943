/**
 * The noun: what makes one notification after the other, at the times of a cron expression. What may
 * happen to it is in `state/`.
 */
import * as z from 'zod';
import { parseStoredJson } from '../schema/exact-number.ts';
import { rfc3339 } from '../schema/time.ts';
import { timeView } from '../schema/time-view.ts';
import { evenIfMembersAreWrong } from '../schema/whole.ts';
import {
  counter,
  createShape,
  derived,
  field,
  inKeys,
  input,
  jsonText,
  optional,
  PERSONAL,
  PLAIN,
  patchShape,
  required,
  type Stored,
  setting,
  shown,
} from '../store/fields.ts';
import { type Content, contentPatchSchema, contentSchema, contentView } from './content.ts';
import * as settings from './settings.ts';
import { type Misfire, misfire, UPCOMING } from './settings.ts';

export const SCHEDULE_STATES = ['active', 'paused', 'ended', 'deleted'] as const;
export type ScheduleState = (typeof SCHEDULE_STATES)[number];

/** One instant of the schedule, named before the notification is made. */
export interface Occurrence {
  /** Epoch ms. */
  at: number;
  revision: number;
  /** It is there, or was. */
  made?: boolean;
}
/** What is to be done with the named occurrence: it stays on the reconciler's index until it is done. */
export type Mark = 'make' | 'edit' | 'cancel';
const OUTCOMES = ['changed', 'canceled', 'too_late'] as const;
export type Outcome = (typeof OUTCOMES)[number];

interface Ends {
  pausedAt?: number;
  endedAt?: number;
  deletedAt?: number;
}
export const stateOf = ({ deletedAt, endedAt, pausedAt }: Ends): ScheduleState => {
  if (deletedAt !== undefined) return 'deleted';
  if (endedAt !== undefined) return 'ended';
  return pausedAt === undefined ? 'active' : 'paused';
};
export const isActive = (schedule: Ends): boolean => stateOf(schedule) === 'active';
export const isEnded = (schedule: Ends): boolean => stateOf(schedule) === 'ended';
export const isDeleted = (schedule: Ends): boolean => schedule.deletedAt !== undefined;

/** In the order of the view. Times are epoch ms, business time. */
export const scheduleFields = {
  /** `sch_` + 26 characters. */
  id: field(required<string>('id'), PLAIN, shown('id', z.string())),
  tenant: field(required<string>('tenant'), PLAIN),
  state: derived({ state: z.enum(SCHEDULE_STATES).meta({ id: 'ScheduleState' }) }, (schedule: Ends) => ({
    state: stateOf(schedule),
  })),
  cron: field(required<string>('cron'), PLAIN, {
    ...input('cron', settings.cron),
    patch: { cron: settings.cron.optional() },
    ...shown('cron', z.string()),
  }),
  timezone: field(optional<string>('timezone'), PLAIN, setting('timezone', settings.timezone, z.string())),
  start: field(optional<string>('start'), PLAIN, setting('start', settings.start, z.string())),
  end: field(optional<string>('end'), PLAIN, setting('end', settings.end, z.string())),
  count: field(optional<number>('count'), PLAIN, setting('count', settings.count, z.int())),
  misfire: field(optional<Misfire>('misfire'), PLAIN, setting('misfire', misfire, misfire)),
  /** Removed with the schedule. One text: it is shown, changed and erased as a whole. */
  content: field(jsonText<Content | undefined>('notification', parseStoredJson), PERSONAL, {
    create: { notification: contentSchema },
    input: 'notification',
    patch: { notification: contentPatchSchema.optional() },
    ...shown('notification', contentView.optional()),
  }),
  upcoming: derived(
    {
      next_occurrences: z.array(timeView).meta({ description: `The next ${UPCOMING}, or fewer where it ends.` }),
    },
    (_: object, { upcoming }: { upcoming: number[] }) => ({ next_occurrences: upcoming.map(rfc3339) }),
  ),
  /** The last one that was named. What was canceled by a change is no more. */
  occurrence: field(optional<Occurrence>('occurrence'), PLAIN),
  planned: derived(
    {
      planned: z
        .object({ id: z.string(), at: timeView })
        .optional()
        .meta({ description: 'The last occurrence that was planned: the notification `id`.' }),
    },
    (_: object, { planned }: { planned?: Occurrence & { id: string } }) => ({
      planned: planned && { id: planned.id, at: rfc3339(planned.at) },
    }),
  ),
  mark: field(optional<Mark>('mark'), PLAIN),
  /** By the last change. */
  pending: field(
    optional<{ id: string; outcome: Outcome }>('pending'),
    PLAIN,
    shown(
      'pending',
      z
        .object({ id: z.string(), outcome: z.enum(OUTCOMES).meta({ id: 'PendingOutcome' }) })
        .optional()
        .meta({
          description:
            'What became of the occurrence that the last change found planned: it was changed, it was canceled and will not be sent, or it had been claimed for sending already.',
        }),
    ),
  ),
  /** Named ones, over all revisions. */
  made: field(counter('made'), PLAIN, shown('made', z.int().meta({ description: 'Occurrences so far.' }))),
  /** Moves with new timing and when it is resumed: no two occurrences have the same id. */
  revision: field(required<number>('revision'), PLAIN),
  /** Its occurrences are after this. */
  revisionFrom: field(required<number>('revision_from'), PLAIN),
  paused: derived({ paused: z.boolean() }, ({ pausedAt }: Ends) => ({ paused: pausedAt !== undefined })),
  createdAt: field(inKeys<number>(), PLAIN, shown('created_at', timeView, rfc3339)),
  updatedAt: field(required<number>('updated_at'), PLAIN, shown('updated_at', timeView, rfc3339)),
  pausedAt: field(optional<number>('paused_at'), PLAIN),
  /** There is no further occurrence. */
  endedAt: field(optional<number>('ended_at'), PLAIN, shown('ended_at', timeView.optional(), rfc3339)),
  deletedAt: field(optional<number>('deleted_at'), PLAIN),
  erasedAt: field(optional<number>('erased_at'), PLAIN),
  erasedBy: field(optional<string>('erased_by'), PLAIN),
  /** For clients: an edit token. It moves with a change, not with an occurrence. */
  version: field(required<number>('version'), PLAIN, shown('version', z.int())),
  /** When it is planned next, or what is marked is looked at. */
  nextCheckAt: field(optional<number>('next_check_at'), PLAIN),
  /** Epoch seconds; absent until it has ended, or is deleted. */
  expiresAt: field(optional<number>('expires_at'), PLAIN),
  /** SHA-256 of the canonical request body, where the id derives from an Idempotency-Key. */
  fingerprint: field(optional<string>('fingerprint'), PERSONAL),
  /** Random per write: how a write recognises its own success. */
  writeId: field(required<string>('write_id'), PLAIN),
};

export interface Schedule extends Stored<typeof scheduleFields> {}

export const newScheduleSchema = z.strictObject(createShape(scheduleFields)).meta({ id: 'NewSchedule' });
export type NewSchedule = z.output<typeof newScheduleSchema>;

const { notification: _, misfire: __, ...timing } = createShape(scheduleFields);
export const previewSchema = z.strictObject(timing).meta({ id: 'SchedulePreview' });
export type SchedulePreview = z.output<typeof previewSchema>;

export const schedulePatchSchema = z
  .strictObject({
    ...patchShape(scheduleFields),
    paused: z.boolean().optional().meta({ description: 'While it is true nothing is planned.' }),
  })
  .refine((patch) => Object.keys(patch).length > 0, { message: 'must change something', ...evenIfMembersAreWrong })
  .meta({ id: 'SchedulePatch', minProperties: 1 });
export type SchedulePatch = z.output<typeof schedulePatchSchema>;
