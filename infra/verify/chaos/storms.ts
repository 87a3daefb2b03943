/** What scenarios with jobs and schedules share: a storm over all processes, and the waits after it. */
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { hasEnded } from '../kit/ledger.ts';
import { inParallel } from '../kit/parallel.ts';
import { until } from '../kit/until.ts';
import { ask, insist } from './ask.ts';
import { storm } from './process.ts';
import type { ChaosStack } from './stack.ts';

/** More than the reconciler's longest back-off. */
const NUDGE_MS = 11 * 60_000;
/**
 * Longer than a page takes, which is real time: a job that is looked after more often than it gets
 * on would start again each time.
 */
const NUDGE_EVERY_MS = 9_000;
/** Four stacks beside this one share the processors. */
const REPAIR = { deadlineMs: 180_000, everyMs: 500 };
const PARALLEL = 8;
const BATCH = 20;

/** One after the other, each more than once; resolves when all are ready again. */
export const killAll = async ({ aws, services }: ChaosStack, forMs: number): Promise<void> => {
  await storm([...services, aws], forMs);
  await Promise.all([aws, ...services].map((one) => one.ready()));
};

export const endingsOf = ({ aws, services }: ChaosStack): number =>
  [aws, ...services].reduce((sum, one) => sum + one.endings().length, 0);

/**
 * As {@link until}, while the reconciler's back-offs pass at once. Not while the load runs: its times would
 * be past.
 */
export const untilRepaired = <T>(
  stack: ChaosStack,
  what: string,
  probe: () => Promise<T | undefined | false>,
): Promise<T> => {
  let nudgedAt = performance.now();
  const probed = async (): Promise<T | undefined | false> => {
    const found = await probe();
    if (found) return found;
    if (performance.now() - nudgedAt > NUDGE_EVERY_MS && (await stack.advance(NUDGE_MS))) nudgedAt = performance.now();
    return undefined;
  };
  return until(what, probed, REPAIR);
};

export interface JobCounts {
  job_id: string;
  status: string;
  matched: number;
  created_at: string;
  finished_at?: string;
  [count: string]: unknown;
}

export const untilDone = (stack: ChaosStack, jobId: string): Promise<JobCounts> =>
  untilRepaired(stack, `the job ${jobId} is done`, async () => {
    const seen = (await ask<JobCounts>(`${stack.apis[0]}/api/v1/jobs/${jobId}`, 'GET'))?.body;
    return seen?.status === 'DONE' && seen;
  });

export const readAll = (stack: ChaosStack, ids: readonly string[]): Promise<NotificationView[]> =>
  inParallel(ids.length, PARALLEL, (index) =>
    insist<NotificationView>(`${stack.apis[0]}/api/v1/notifications/${ids[index]}`, 'GET'),
  );

export const untilAllEnded = (stack: ChaosStack, ids: readonly string[]): Promise<NotificationView[]> =>
  untilRepaired(stack, 'all have ended', async () => {
    const views = await readAll(stack, ids);
    return views.every(hasEnded) && views;
  });

interface BatchResults {
  results: { status: number; id?: string }[];
}

/** Ids in the order of the items. Small batches suit a busy machine, and each is repeated by its keys. */
export const createBatch = async (stack: ChaosStack, key: string, items: readonly object[]): Promise<string[]> => {
  const keyed = items.map((item, index) => ({ ...item, idempotency_key: `${key}-${index}` }));
  const ids: string[] = [];
  for (let from = 0; from < keyed.length; from += BATCH) {
    const body = { items: keyed.slice(from, from + BATCH) };
    const made = async (): Promise<string[] | false> => {
      const url = `${stack.apis[0]}/api/v1/notifications/batch`;
      const { results } = await insist<BatchResults>(url, 'POST', { body });
      return results.every(({ status }) => status === 201) && results.map(({ id }) => String(id));
    };
    ids.push(...(await until(`the batch ${key} is accepted`, made, REPAIR)));
  }
  return ids;
};

/** A list as a whole, page by page. */
export const listAll = async <T>(stack: ChaosStack, path: string): Promise<T[]> => {
  const all: T[] = [];
  for (let next: string | undefined = `${stack.apis[0]}${path}`; next !== undefined; ) {
    const url: string = next;
    const page = await until(`${url} is listed`, async () => {
      const reply = await ask<T[]>(url, 'GET');
      return reply?.status === 200 && reply;
    });
    all.push(...page.body);
    const [, link] = /<([^>]*)>; rel="next"/.exec(page.headers.get('link') ?? '') ?? [];
    next = link && new URL(link, url).href;
  }
  return all;
};
