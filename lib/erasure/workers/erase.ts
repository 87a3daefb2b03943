/**
 * The worker behind an erasure: schedules, then events, then notifications, then unreadable messages, each
 * from the newest to the oldest, then what was being sent meanwhile. It may crash, or run twice, anywhere:
 * each record's own conditional writes decide what becomes of it, and the job's who goes on.
 */
import { forEachParallel } from '../../concurrency/for-each-parallel.ts';
import type { DeadLetterStore } from '../../dead-letters/dead-letter.ts';
import type { JobWork, Step } from '../../jobs/kind.ts';
import type { Notification } from '../../notifications/notification.ts';
import { CLOCKS_DIFFER_MS } from '../../platform/clock.ts';
import { type ErasureJob, type ErasureTally, progressed, revisited } from '../erasure-job.ts';
import { makeMatcher } from '../match.ts';
import { isOurs, makeRecordEraser, type Outcome, type RecordPorts, type Task } from '../records.ts';

const PAGE = 100;
const PARALLEL = 10;
/** About what a claim lasts: a channel's timeout and its margins. */
const WAIT_SECONDS = 20;
/** So many are taken up again before the walk goes on: a job is one item. */
const CLAIMED_MAX = 500;

export interface ErasurePorts extends Omit<RecordPorts, 'deadLetters'> {
  deadLetters: DeadLetterStore;
}

interface Work {
  id: string;
  erase(): Promise<Outcome>;
}
interface Page {
  examined: number;
  work: Work[];
  next?: string | undefined;
}

const isRevisit = (job: ErasureJob): boolean => job.phase === 'claimed' || job.claimed.length >= CLAIMED_MAX;

/**
 * An outage, or a record that cannot be read, stops the page where it is: what is not erased must
 * not be counted as done.
 */
const carryOut = async (work: Work[]): Promise<Omit<ErasureTally, 'examined'>> => {
  const tally = { erased: 0, canceled: 0, claimed: [] as string[] };
  await forEachParallel(work, PARALLEL, async ({ id, erase }) => {
    const outcome = await erase();
    if (outcome === 'claimed') tally.claimed.push(id);
    if (outcome === 'erased' || outcome === 'canceled') tally.erased += 1;
    if (outcome === 'canceled') tally.canceled += 1;
  });
  return tally;
};

export const makeErasureWork = (ports: ErasurePorts): JobWork<ErasureJob> => {
  const { clock, deadLetters, events, notifications, random, schedules } = ports;
  const records = makeRecordEraser(ports);

  const taskOf = (job: ErasureJob): Task & ReturnType<typeof makeMatcher> => ({
    ...makeMatcher({ by: job.by, value: job.value ?? '' }, ports.recipients),
    job,
    jobId: job.id,
    token: random.token,
  });

  /** What is younger than the order is covered where a schedule made it that the job has erased. */
  const isCovered = async (job: ErasureJob, item: Notification, until: number): Promise<boolean> =>
    item.createdAt < until ||
    (item.scheduleId !== undefined && (await schedules.get(item.scheduleId))?.erasedBy === job.id);

  /** Everything of the tenant's in the phase, page by page; the worst case of each page costs the same. */
  const pageOf = async (task: ReturnType<typeof taskOf>): Promise<Page> => {
    const { tenant, phase, before, createdAt } = task.job;
    const query = { tenant, limit: PAGE, ...(before !== undefined && { before }) };
    // What is accepted after the order stays; what came before it is covered even if its host's clock is
    // ahead.
    const until = createdAt + CLOCKS_DIFFER_MS;
    const accepted = { ...query, until };
    if (phase === 'schedules') {
      const { items, next } = await schedules.list(accepted);
      const wanted = items.filter((schedule) => isOurs(task, schedule) || task.schedule(schedule));
      const work = wanted.map((schedule) => ({ id: schedule.id, erase: () => records.schedule(task, schedule) }));
      return { examined: items.length, work, next };
    }
    if (phase === 'events') {
      const { items, next } = await events.list(accepted);
      const wanted = items.filter((event) => isOurs(task, event) || task.event(event));
      // An index trails: the record itself says whether it is processed.
      const work = wanted.map(({ id }) => ({ id, erase: async () => records.event(task, await events.get(id)) }));
      return { examined: items.length, work, next };
    }
    if (phase === 'notifications') {
      const made = (task.job.schedulesUntil ?? 0) + CLOCKS_DIFFER_MS;
      const { items, next } = await notifications.list({ ...query, until: Math.max(until, made) });
      const covered = await Promise.all(items.map((item) => isCovered(task.job, item, until)));
      const wanted = items.filter((item, n) => isOurs(task, item) || (covered[n] && task.notification(item)));
      const work = wanted.map((item) => ({ id: item.id, erase: () => records.notification(task, item) }));
      return { examined: covered.filter(Boolean).length, work, next };
    }
    const { items: letters, next } = await deadLetters.list({ ...query, kind: 'message' });
    const items = letters.flatMap((letter) => (letter.of === 'raw' ? [letter.item] : []));
    const wanted = items.filter((message) => isOurs(task, message) || task.message(message));
    const work = wanted.map((message) => ({ id: message.id, erase: () => records.message(task, message) }));
    return { examined: items.length, work, next };
  };

  const revisit = async (task: Task): Promise<Step<ErasureJob>> => {
    const { job } = task;
    const erase = async (id: string): Promise<Outcome> =>
      id.startsWith('evt_')
        ? records.event(task, await events.get(id))
        : records.notification(task, await notifications.get(id));
    const tally = await carryOut(job.claimed.map((id) => ({ id, erase: () => erase(id) })));
    const next = revisited(job, { examined: 0, ...tally });
    if (next.claimed.length > 0) return { next, pauseSeconds: WAIT_SECONDS };
    return job.phase === 'claimed' ? { next, end: 'DONE' } : { next };
  };

  const step = async (job: ErasureJob): Promise<Step<ErasureJob>> => {
    const task = taskOf(job);
    if (isRevisit(job)) return revisit(task);
    const { examined, work, next } = await pageOf(task);
    const after = progressed(job, { examined, ...(await carryOut(work)) }, next);
    const isLast = job.phase === 'schedules' && after.phase !== 'schedules';
    return { next: isLast ? { ...after, schedulesUntil: clock.now() } : after };
  };

  return { begin: () => ({ step }) };
};
