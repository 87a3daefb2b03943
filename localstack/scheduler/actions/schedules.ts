import { cannotFireReason } from '../cannot-fire.ts';
import { type Context, scheduleArn, seconds } from '../context.ts';
import { conflict, notFound, quotaExceeded } from '../errors.ts';
import { planNext } from '../expression.ts';
import { decodeToken, pageOf } from '../page.ts';
import type { Schedule, ScheduleDocument } from '../types.ts';
import { checkSchedule, withDefaults } from '../validation.ts';

/** The default quota of a Region (Scheduler quotas, 2026). */
const SCHEDULES_MAX = 10_000_000;

type Input = Record<string, unknown>;
interface ScheduleKey {
  Name: string;
  GroupName?: string;
}
interface ListInput {
  GroupName?: string;
  NamePrefix?: string;
  State?: string;
  MaxResults?: number;
  NextToken?: string;
}

/** A retry of an SDK: token and content are those of the last write. */
const isRepetition = (schedule: Schedule, document: ScheduleDocument, token: unknown) =>
  schedule.token !== undefined &&
  schedule.token === token &&
  JSON.stringify(schedule.document) === JSON.stringify(document);

export const makeScheduleActions = (context: Context) => {
  const { store, clock, random } = context;

  const find = ({ Name, GroupName = 'default' }: ScheduleKey): Schedule => {
    const schedule = store.schedules.find(GroupName, Name);
    if (!schedule) throw notFound(`Schedule ${Name} does not exist.`);
    return schedule;
  };

  const requireGroup = (name: string) => {
    if (!store.groups.find(name)) throw notFound(`Schedule group ${name} does not exist.`);
  };

  /** AWS accepts a schedule that cannot fire, so it is accepted, with a warning. */
  const warnIfCannotFire = (document: ScheduleDocument) => {
    const reason = document.State === 'ENABLED' ? cannotFireReason(document, context, context.queueExists) : undefined;
    const { Name: schedule, GroupName: group, Target } = document;
    if (reason) context.log?.warn('schedule.cannot_fire', { schedule, group, target: Target.Arn, reason });
  };

  const answer = (document: ScheduleDocument) => ({ ScheduleArn: scheduleArn(context, document) });

  return {
    CreateSchedule(input: Input) {
      const document = withDefaults(input);
      const token = input.ClientToken as string | undefined;
      const existing = store.schedules.find(document.GroupName, document.Name);
      // Before the rules that depend on the time: a repetition gets the first answer.
      if (existing && isRepetition(existing, document, token)) return answer(document);
      const now = clock.now();
      checkSchedule(document, now);
      requireGroup(document.GroupName);
      if (existing) throw conflict(`Schedule ${document.Name} already exists.`);
      if (store.schedules.count() >= SCHEDULES_MAX)
        throw quotaExceeded(`The number of schedules is limited to ${SCHEDULES_MAX}.`);
      const next = planNext(document, { after: now - 1, createdAt: now, firedAt: undefined }, random);
      store.schedules.insert(document, now, next, token);
      warnIfCannotFire(document);
      context.wake();
      return answer(document);
    },

    /** Replaces everything: members that the request omits get their defaults. */
    UpdateSchedule(input: Input) {
      const document = withDefaults(input);
      const token = input.ClientToken as string | undefined;
      const existing = find(document);
      if (isRepetition(existing, document, token)) return answer(document);
      const now = clock.now();
      checkSchedule(document, now);
      const { createdAt, firedAt } = existing;
      const next = planNext(document, { after: now, createdAt, firedAt }, random);
      store.schedules.update(existing.id, document, now, next, token);
      warnIfCannotFire(document);
      context.wake();
      return answer(document);
    },

    GetSchedule(input: ScheduleKey) {
      const { document, createdAt, modifiedAt } = find(input);
      return {
        Arn: scheduleArn(context, document),
        ...document,
        CreationDate: seconds(createdAt),
        LastModificationDate: seconds(modifiedAt),
      };
    },

    DeleteSchedule(input: ScheduleKey) {
      store.schedules.remove(find(input).id);
      return {};
    },

    ListSchedules({ GroupName, NamePrefix, State, MaxResults = 100, NextToken }: ListInput) {
      if (GroupName !== undefined) requireGroup(GroupName);
      const [group = GroupName ?? '', name = ''] = NextToken === undefined ? [] : decodeToken(NextToken);
      const found = store.schedules.list({
        groupName: GroupName,
        namePrefix: NamePrefix,
        state: State,
        after: [group, name],
        limit: MaxResults + 1,
      });
      const { shown, ...next } = pageOf(found, MaxResults, ({ document }) => [document.GroupName, document.Name]);
      const Schedules = shown.map(({ document, createdAt, modifiedAt }) => ({
        Arn: scheduleArn(context, document),
        Name: document.Name,
        GroupName: document.GroupName,
        State: document.State,
        CreationDate: seconds(createdAt),
        LastModificationDate: seconds(modifiedAt),
        Target: { Arn: document.Target.Arn },
      }));
      return { Schedules, ...next };
    },
  };
};
