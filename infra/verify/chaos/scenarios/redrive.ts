/** Processes die while a redrive job runs. */
import type { NotificationView } from '../../../../lib/notifications/view.ts';
import { hasEnded } from '../../kit/ledger.ts';
import { inParallel } from '../../kit/parallel.ts';
import { sendingsMax } from '../../kit/sendings.ts';
import { until } from '../../kit/until.ts';
import { ask } from '../ask.ts';
import { storm } from '../process.ts';
import type { Scenario } from '../scenario.ts';
import type { ChaosStack } from '../stack.ts';

const DEAD = 120;
/** Slow enough that several kills meet it. */
const PER_SECOND = 15;
const PATH = '/gone-for-a-while';
const BUSY = { deadlineMs: 60_000, everyMs: 500 };
/** Four stacks beside this one share the processors. */
const JOB = { deadlineMs: 180_000, everyMs: 500 };
/** More than the reconciler's longest back-off. */
const NUDGE_MS = 11 * 60_000;
/**
 * Longer than a page takes, which is real time: a job that is looked after more often than it gets
 * on would start again each time.
 */
const NUDGE_EVERY_MS = 9_000;

interface Job {
  job_id: string;
  status: string;
  matched: number;
  redriven: number;
  skipped: number;
  failed: number;
}

const read = (stack: ChaosStack, id: string) =>
  ask<NotificationView>(`${stack.apis[0]}/api/v1/notifications/${id}`, 'GET');

const bury = async (stack: ChaosStack): Promise<string[]> => {
  stack.receiver.behave(PATH, 410);
  const webhook_url = stack.receiver.url(PATH);
  const ids = await inParallel(DEAD, 8, async (index) => {
    const send_at = new Date(stack.now()).toISOString();
    const body = { notification_type: 'dead.one', entity_id: `dead-${index}`, send_at, webhook_url };
    const make = () =>
      ask(`${stack.apis[0]}/api/v1/notifications/`, 'POST', body, { 'idempotency-key': `dead-${index}` });
    const isMade = async () => {
      const reply = await make();
      return reply?.status === 201 && String(reply.body.id);
    };
    return until(`dead-${index} is accepted`, isMade, BUSY);
  });
  await inParallel(DEAD, 8, (index) => {
    const isDead = async () => (await read(stack, ids[index] ?? ''))?.body.status === 'FAILED';
    return until(`${ids[index]} is dead`, isDead, BUSY);
  });
  stack.receiver.behave(PATH, 200);
  return ids;
};

const judge = async (stack: ChaosStack, id: string): Promise<string[]> => {
  const view = (await read(stack, id))?.body;
  const arrivals = stack.receiver.of(id).length;
  const attempts = view?.attempts ?? [];
  // Refused once and accepted once; also by attempts whose answer was late or whose worker was killed.
  const isRight = view?.status === 'SENT' && arrivals >= 2 && arrivals <= sendingsMax(attempts);
  const outcomes = attempts.map(({ outcome, error = '' }) => `${outcome} ${error}`.trim()).join(', ');
  return isRight ? [] : [`${id}: redriven, is ${view?.status}, received ${arrivals} times by attempts ${outcomes}`];
};

export const makeRedriveScenario = (): Scenario => {
  let ids: string[] = [];
  let job: Job | undefined;
  return {
    name: 'SIGKILL storm: during a redrive job',
    isShort: true,
    play: async (stack, { faultMs }) => {
      ids = await bury(stack);
      const order = { notification_type: 'dead.one', per_second: PER_SECOND };
      job = (await ask<Job>(`${stack.apis[0]}/api/v1/dead-letters/redrive`, 'POST', order))?.body;
      await storm(stack.services, faultMs);
      await Promise.all(stack.services.map((one) => one.ready()));
    },
    met: ({ services }) => services.reduce((sum, one) => sum + one.endings().length, 0),
    check: async (stack) => {
      const jobUrl = `${stack.apis[0]}/api/v1/dead-letters/redrive/${job?.job_id}`;
      let nudgedAt = performance.now();
      const isOver = async () => {
        const seen = (await ask<Job>(jobUrl, 'GET'))?.body;
        const views = await Promise.all(ids.map((id) => read(stack, id)));
        if (seen?.status === 'DONE' && views.every((view) => view && hasEnded(view.body))) return seen;
        if (performance.now() - nudgedAt > NUDGE_EVERY_MS && (await stack.advance(NUDGE_MS)))
          nudgedAt = performance.now();
        return undefined;
      };
      const done = await until('the redrive job has ended', isOver, JOB);
      const isWhole = done.matched === DEAD && done.redriven === DEAD && done.skipped + done.failed === 0;
      const counted = isWhole ? [] : [`the job counts wrongly: ${JSON.stringify(done)}`];
      return [...counted, ...(await Promise.all(ids.map((id) => judge(stack, id)))).flat()];
    },
  };
};
