/** What a command does to one member: an ordinary cancel or edit, once, noted on its item. */
import type { AddressOptions } from '../../channels/declaration.ts';
import { isUnavailable, ServiceError } from '../../errors.ts';
import type { FenceCheck, FencesAround } from '../../fences/check.ts';
import { type ChangePorts, makeChanges } from '../../notifications/changes.ts';
import { editedBy } from '../../notifications/edited.ts';
import type { Notification } from '../../notifications/notification.ts';
import * as machine from '../../notifications/state/client-commands.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { type BulkJob, selectorOfJob } from '../bulk-job.ts';
import type { TimePatch } from '../command.ts';
import { isEditedSince, isSelected } from '../members.ts';
import type { Result } from '../results.ts';

/** A page of results is one item. */
const DETAIL_MAX = 300;

export interface MemberChangePorts extends ChangePorts {
  recipients: AddressOptions;
  fenceCheck: FenceCheck;
}

/** A PATCH of one form of timing leaves what has the other one. */
const hasForm = ({ timing }: Notification, time: TimePatch): boolean =>
  time.send_at === undefined
    ? timing.send_at === undefined || (time.target_date === undefined && time.lead_time_days === undefined)
    : timing.send_at !== undefined;

const isOurs = (job: BulkJob, item: Notification): boolean => item.bulkJob === job.id;

/** It is the client's word of `asOf`: what a later command says is later than it. */
const noted = (job: BulkJob, before: Notification, step: machine.Step | machine.Refused): machine.Step | undefined => {
  if ('refused' in step || !step.moved) return undefined;
  const editedAt = Math.max(before.editedAt ?? 0, job.createdAt);
  return { ...step, next: { ...step.next, bulkJob: job.id, editedAt } };
};

interface Move {
  time: TimePatch;
  /** When the command was accepted, epoch ms. */
  asOf: number;
  fences: FencesAround;
}

export const makeMemberChange = (ports: MemberChangePorts) => {
  const { apply, writeContext } = makeChanges(ports);

  const canceled = (item: Notification): machine.Step | machine.Refused => {
    const step = machine.cancel(item, writeContext());
    return 'refused' in step || !step.moved ? step : { ...step, next: { ...step.next, statusReason: 'bulk' } };
  };

  /** To a time at which a later cancel has promised that nothing is sent it is not moved: it is canceled. */
  const moved = (item: Notification, { time, asOf, fences }: Move): machine.Step | machine.Refused => {
    const refused = machine.editRefusal(item);
    if (refused) return refused;
    const on = writeContext();
    const edited = editedBy(item, time, { now: on.now, recipients: ports.recipients });
    const step = machine.edit(item, edited, on);
    if ('refused' in step || !fences.covering({ ...step.next, acceptedAt: asOf })) return step;
    return canceled(item);
  };

  const change = async (job: BulkJob, id: string, listed: Notification | undefined): Promise<Result> => {
    const { time, createdAt: asOf } = job;
    const selector = selectorOfJob(job);
    const found = listed ?? (await ports.notifications.get(id));
    const fences = time && found && (await ports.fenceCheck.around(found));
    const { item } = await apply(found, (current) => {
      if (isOurs(job, current) || isEditedSince(current, asOf) || !isSelected(selector, current)) return undefined;
      if (!time || !fences) return noted(job, current, canceled(current));
      fences.checkStall();
      return hasForm(current, time) ? noted(job, current, moved(current, { time, asOf, fences })) : undefined;
    });
    if (!item) return { id, outcome: 'not_applicable' };
    const { status, firstClaimedAt } = item;
    if (isOurs(job, item)) return { id, outcome: 'changed', status };
    return { id, outcome: firstClaimedAt === undefined ? 'not_applicable' : 'too_late', status };
  };

  /**
   * A rule that refuses it is its own result; an outage stops the page.
   * @param listed as a list showed it, which saves a read: where that is old, the write finds out
   */
  return async (job: BulkJob, id: string, listed?: Notification): Promise<Result> => {
    try {
      return await change(job, id, listed);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      const isRefused = error instanceof ServiceError;
      if (!isRefused) ports.log.error('bulk.member_failed', { id, job_id: job.id, error: String(error) });
      const found = await ports.notifications.get(id);
      const detail = isRefused ? error.detail.slice(0, DETAIL_MAX) : undefined;
      return { id, outcome: 'failed', ...omitUndefined({ status: found?.status, detail }) };
    }
  };
};
