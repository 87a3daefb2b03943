/**
 * The worker behind a redrive: page by page from the newest death to the oldest, at the rate that
 * was asked for. It may crash, or run twice, anywhere: each item's own conditional write decides
 * who redrives it, and the job's who goes on.
 */

import { forEachParallel } from '../../concurrency/for-each-parallel.ts';
import { isUnavailable } from '../../errors.ts';
import { type EventChangePorts, makeEventChanges } from '../../events/changes.ts';
import type { Event } from '../../events/event.ts';
import { redrive } from '../../events/state/event-state.ts';
import type { JobWork, Step } from '../../jobs/kind.ts';
import { makePace } from '../../jobs/pace.ts';
import { type ChangePorts, makeChanges } from '../../notifications/changes.ts';
import type { Notification } from '../../notifications/notification.ts';
import { retry } from '../../notifications/state/client-commands.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { replaceIn, updateItem } from '../../store/update-item.ts';
import type { WorkQueues } from '../../store/work-queues.ts';
import type { DeadLetterStore } from '../dead-letter.ts';
import {
  asOfJob,
  finished,
  INDEX_TRAILS_SECONDS,
  progressed,
  type RedriveJob,
  startOf,
  type Tally,
} from '../redrive-job.ts';

const PAGE_MAX = 100;
/** A page is at most so long a work, so that progress is saved often and an invocation can end in time. */
const PAGE_SECONDS = 5;
const PARALLEL = 10;

export interface RedrivePorts extends ChangePorts, Omit<EventChangePorts, 'events' | 'queues' | 'policy'> {
  events: EventChangePorts['events'];
  queues: WorkQueues;
  deadLetters: DeadLetterStore;
  sleep(ms: number): Promise<void>;
}

type Outcome = keyof Tally;
type Dead = Pick<Notification | Event, 'redrivenAt' | 'endedAt' | 'updatedAt'>;

/**
 * Redriven since the job began: by this page's first try, or by another worker. Never again in this
 * job, even if dead again.
 */
const isTaken = (job: RedriveJob, item: { redrivenAt?: number } | undefined): boolean =>
  item?.redrivenAt !== undefined && item.redrivenAt >= startOf(job);

/** It died in the job's time, and was not redriven since it began. */
const isOurs = (job: RedriveJob, item: Dead): boolean =>
  !isTaken(job, item) && (item.endedAt ?? item.updatedAt) < asOfJob(job);

export const makeRedriveWork = (ports: RedrivePorts): JobWork<RedriveJob> => {
  const { clock, deadLetters, queues } = ports;
  const changes = makeChanges(ports);
  const eventChanges = makeEventChanges(ports);
  /** Never before the job: `isTaken` must see it whatever the clocks of two hosts say. */
  const nowOf = (job: RedriveJob): number => Math.max(clock.now(), startOf(job));
  const outcomeOf = (job: RedriveJob, hasMoved: boolean, item: Dead | undefined): Outcome =>
    hasMoved || isTaken(job, item) ? 'redriven' : 'skipped';

  const redriveNotification = async (job: RedriveJob, id: string): Promise<Outcome> => {
    const { moved, item } = await changes.apply(await ports.notifications.get(id), (current) => {
      if (!isOurs(job, current)) return undefined;
      const channel = job.filters.endpointId === undefined ? undefined : ('webhook' as const);
      const on = { ...changes.writeContext(), now: nowOf(job) };
      const step = retry(current, on, { redrive: true, ...omitUndefined({ channel }) });
      return 'refused' in step ? undefined : step;
    });
    return outcomeOf(job, moved, item);
  };

  const redriveEvent = async (job: RedriveJob, id: string): Promise<Outcome> => {
    const { moved, event } = await eventChanges.apply(await ports.events.get(id), (current, on) =>
      isOurs(job, current)
        ? redrive(current, { ...on, now: nowOf(job) })
        : { moved: false, next: current, effects: [] },
    );
    return outcomeOf(job, moved, event);
  };

  /**
   * Sent, then marked: never lost. A crash in between sends it twice, which every consumer takes:
   * what a message asks for is decided by a conditional write on its item.
   */
  const resend = async (job: RedriveJob, id: string): Promise<Outcome> => {
    const message = await deadLetters.messages.get(id);
    if (!message || message.redrivenAt !== undefined) return isTaken(job, message) ? 'redriven' : 'skipped';
    if (message.body === undefined) return 'failed';
    await queues.resend(message.queue, message.body);
    await updateItem(replaceIn(deadLetters.messages), message, (current) =>
      current.redrivenAt === undefined
        ? { ...current, redrivenAt: nowOf(job), writeId: ports.random.token() }
        : current,
    );
    return 'redriven';
  };

  /** An outage stops the job where it is; what fails in any other way fails alone. */
  const redriveOne = async (job: RedriveJob, id: string): Promise<Outcome> => {
    try {
      if (id.startsWith('ntf_')) return await redriveNotification(job, id);
      return await (id.startsWith('evt_') ? redriveEvent(job, id) : resend(job, id));
    } catch (error) {
      if (isUnavailable(error)) throw error;
      ports.log.error('redrive.item_failed', { id, job_id: job.id, error: String(error) });
      return 'failed';
    }
  };

  const redrivePage = async (job: RedriveJob, pace: () => Promise<void>): Promise<Tally> => {
    const tally: Tally = { redriven: 0, skipped: 0, failed: 0 };
    await forEachParallel(job.page, PARALLEL, async (id) => {
      await pace();
      tally[await redriveOne(job, id)] += 1;
    });
    return tally;
  };

  const nextPage = async (job: RedriveJob) => {
    const { tenant, filters, perSecond, before } = job;
    const limit = Math.min(PAGE_MAX, perSecond * PAGE_SECONDS);
    const until = Math.min(filters.until ?? asOfJob(job), asOfJob(job));
    const bounds = { ...filters, until, ...(before !== undefined && { before }) };
    const { items, next } = await deadLetters.list({ ...bounds, tenant, limit, redrivable: true });
    return { ids: items.map(({ item }) => item.id), ...(next !== undefined && { next }) };
  };

  const step = async (job: RedriveJob, pace: () => Promise<void>): Promise<Step<RedriveJob>> => {
    const tally = await redrivePage(job, pace);
    return job.last ? finished(job, tally) : { next: progressed(job, tally, await nextPage(job)) };
  };

  return {
    begin: ({ perSecond }) => {
      const pace = makePace(ports, perSecond);
      return {
        step: async (job) => {
          const settlesInMs = asOfJob(job) - clock.now();
          if (settlesInMs <= 0) return step(job, pace);
          return { next: job, pauseSeconds: Math.ceil(settlesInMs / 1000) + INDEX_TRAILS_SECONDS };
        },
      };
    },
  };
};
