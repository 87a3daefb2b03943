/** The verbs of the API for schedules. What each does to one is in state/. */
import { type FieldError, isUnavailable, ServiceError, validationFailed } from '../errors.ts';
import type { NewNotification } from '../notifications/notification.ts';
import { makeNotificationService, type NotificationServicePorts } from '../notifications/service.ts';
import { derivedId } from '../platform/random.ts';
import { fingerprint } from '../schema/canonical-json.ts';
import { omit } from '../schema/omit.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { rfc3339 } from '../schema/time.ts';
import { type Checked, check } from '../schema/validate.ts';
import { fromInput } from '../store/fields.ts';
import { sameContent } from '../store/idempotency.ts';
import { checkIfMatch } from '../store/if-match.ts';
import { beingRemoved, type Conflict, type Written } from '../store/item-store.ts';
import type { ListQuery, Page } from '../store/page.ts';
import { checkPatchedSize, patched } from '../store/patch.ts';
import { replaceIn, updateItem } from '../store/update-item.ts';
import { makeScheduleChanges, type ScheduleChangePorts } from './changes.ts';
import { type Content, type ContentPatch, contentSchema, mergeContent, normalized } from './content.ts';
import { makeTimetable, type ScheduleTiming } from './occurrences.ts';
import type { ScheduleCount } from './repository.ts';
import { ofContent, timingErrors } from './rules.ts';
import { isDeleted, isEnded, type NewSchedule, type Schedule, type SchedulePatch, scheduleFields } from './schedule.ts';
import { scheduleId } from './schedule-id.ts';
import * as machine from './state/commands.ts';

export interface ScheduleServicePorts extends ScheduleChangePorts, NotificationServicePorts {
  count: ScheduleCount;
  /** Of one tenant, without those that have ended. Those created at once may be more. */
  schedulesMax: number;
}

/** Those with rules of their own by the time of day; the other bounds may end it. */
const TIMES = ['cron', 'timezone', 'start'] as const;

interface Addressed {
  id: string;
  tenant: string;
}

type Judged = ScheduleTiming & Pick<Schedule, 'tenant'>;

const notFound = (id: string): ServiceError => new ServiceError('not-found', `There is no schedule ${id}`);

export const makeScheduleService = (ports: ScheduleServicePorts) => {
  const { schedules, clock, log, random } = ports;
  const { settle, stamp } = makeScheduleChanges(ports);
  const notifications = makeNotificationService(ports);

  /** Judged as its next occurrence: with its addresses in normal form, or every rule that it breaks. */
  const checkContent = async (content: Content, { tenant, ...timing }: Judged): Promise<Checked<Content>> => {
    const at = makeTimetable(timing).next(clock.now()) ?? clock.now();
    const input = { ...content, send_at: rfc3339(at), ...omitUndefined({ timezone: timing.timezone }) };
    try {
      const prepared = await notifications.steps.prepare({ input: input as NewNotification, tenant });
      return { value: 'step' in prepared ? normalized(content, prepared.step.next.channels) : content };
    } catch (error) {
      if (error instanceof ServiceError && error.errors) return { errors: ofContent(error.errors) };
      throw error;
    }
  };

  const isFull = async (tenant: string): Promise<boolean> =>
    (await ports.count(tenant, ports.schedulesMax)) >= ports.schedulesMax;
  const limitReached = (): ServiceError =>
    new ServiceError('limit-reached', `There are ${ports.schedulesMax} schedules already: delete one first`);

  const store = async (schedule: Schedule): Promise<Written<Schedule> | Conflict<Schedule>> => {
    if (!(await isFull(schedule.tenant))) return schedules.create(schedule);
    // At the limit a repetition is still answered.
    const current = await schedules.get(schedule.id);
    if (current) return { written: false, current };
    throw limitReached();
  };

  const replay = (existing: Schedule, print: string | undefined) => ({
    schedule: sameContent(existing, print),
    replayed: true,
  });

  /** What it marks is carried out now; during an outage the reconciler does it. */
  const settleBestEffort = async (schedule: Schedule): Promise<Schedule> => {
    try {
      return (await settle(schedule)) ?? schedule;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      log.warn('schedule.not_settled', { id: schedule.id, error: String(error) });
      return schedule;
    }
  };

  const find = async ({ id, tenant }: Addressed): Promise<Schedule> => {
    const schedule = await schedules.get(id);
    if (schedule?.tenant !== tenant) throw notFound(id);
    return schedule;
  };

  /** Applied to the schedule as it is at the moment of the write, then carried out, then answered. */
  const command = async (
    found: Schedule,
    decide: (schedule: Schedule) => Schedule | Promise<Schedule>,
  ): Promise<Schedule> => {
    const { after } = await updateItem(replaceIn(schedules), found, decide);
    const settled = await settle(after);
    if (!settled) throw notFound(found.id);
    return settled;
  };

  /** The content that a PATCH makes of the present one. */
  const editedContent = async (schedule: Schedule, patch: ContentPatch): Promise<Checked<Content>> => {
    const { errors, value } = check(contentSchema, mergeContent(schedule.content, patch), ['notification']);
    return errors ? { errors } : checkContent(value, schedule);
  };

  /** Of a schedule with new times: its content was judged at the old ones. */
  const expiryErrors = async (schedule: Schedule): Promise<FieldError[]> => {
    const { errors = [] } = schedule.content ? await checkContent(schedule.content, schedule) : {};
    return errors.filter(({ pointer }) => pointer === '/notification/expires_after');
  };

  /** With what a PATCH sets and removes. Throws `validation-failed` with every rule that is broken then. */
  const edited = async (schedule: Schedule, { paused: _, notification, ...settings }: SchedulePatch) => {
    const next = patched(scheduleFields, schedule, settings);
    const isRetimed = TIMES.some((name) => next[name] !== schedule[name]);
    const content = notification && (await editedContent(next, notification));
    const errors = [
      ...(isRetimed ? timingErrors(next, clock.now()) : []),
      ...(isRetimed && !content ? await expiryErrors(next) : []),
      ...(content?.errors ?? []),
    ];
    if (errors.length > 0) throw validationFailed(errors);
    const after = { ...next, ...omitUndefined({ content: content?.value }) };
    checkPatchedSize(scheduleFields, schedule, after);
    return after;
  };

  return {
    /** The rules beyond the schema that a body, which may break the schema too, breaks. */
    problems: ({ notification }: Record<string, unknown>): FieldError[] =>
      typeof notification === 'object' && notification !== null
        ? ofContent(notifications.problems({ ...notification, send_at: rfc3339(clock.now()) }))
        : [],

    /**
     * Persists the schedule with its first occurrence named, which is made then. With a key, the same
     * again answers the first schedule as it is now. Throws `limit-reached`.
     */
    create: async (request: { input: NewSchedule; tenant: string; idempotencyKey?: string }) => {
      const { input, tenant, idempotencyKey: key } = request;
      const print = key === undefined ? undefined : fingerprint(input);
      const own = key === undefined ? random.id('sch_') : derivedId('sch_', tenant, 'POST /schedules', key);
      const id = scheduleId(own, tenant);
      const given = fromInput(scheduleFields, input);
      const content = await checkContent(input.notification, { ...given, tenant });
      const errors = [...timingErrors(given, clock.now()), ...(content.errors ?? [])];
      if (errors.length > 0) {
        // A replay is recognised before any rule that depends on the time of day, or on what else is there.
        const existing = print === undefined ? undefined : await schedules.get(id);
        if (existing) return replay(existing, print);
        throw validationFailed(errors);
      }
      const draft = { ...given, id, tenant, ...omitUndefined({ content: content.value, fingerprint: print }) };
      const schedule = machine.create(draft, stamp());
      // A number may grow on the way: each occurrence must fit into a record, as its schedule does.
      checkPatchedSize(scheduleFields, omit(schedule, 'content'), schedule);
      const result = await store(schedule);
      if (result.written) return { schedule: await settleBestEffort(schedule), replayed: false };
      if (!result.current) throw beingRemoved();
      return replay(result.current, print);
    },

    get: async (address: Addressed): Promise<Schedule> => {
      const schedule = await find(address);
      if (isDeleted(schedule)) throw notFound(address.id);
      return schedule;
    },

    list: (query: ListQuery): Promise<Page<Schedule>> =>
      schedules.list({ ...query, matches: (schedule) => !isDeleted(schedule) }),

    /**
     * Throws `unavailable` when it could not be carried out: it stands, and repeating it answers, also with
     * the If-Match of before. Throws `limit-reached` where it revives one that has ended.
     */
    patch: async (request: Addressed & { patch: SchedulePatch; ifMatch?: string }): Promise<Schedule> =>
      command(await find(request), async (schedule) => {
        if (isDeleted(schedule)) throw notFound(request.id);
        const { patch, ifMatch } = request;
        const settings = await edited(schedule, patch).catch((error: unknown) => {
          checkIfMatch(schedule, ifMatch);
          throw error;
        });
        const next = machine.patch(schedule, settings, patch.paused ?? schedule.pausedAt !== undefined, stamp());
        if (next !== schedule) checkIfMatch(schedule, ifMatch);
        if (isEnded(schedule) && !isEnded(next) && (await isFull(schedule.tenant))) throw limitReached();
        return next;
      }),

    /** Nothing of it is made any more; what is claimed is `too_late`. A repetition repeats the answer. */
    remove: async (address: Addressed): Promise<Schedule> =>
      command(await find(address), (schedule) => machine.remove(schedule, stamp())),
  };
};
