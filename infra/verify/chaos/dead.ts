/** Dead letters for scenarios with a redrive. */
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { sendingsMax } from '../kit/sendings.ts';
import { until } from '../kit/until.ts';
import { insist } from './ask.ts';
import type { ChaosStack } from './stack.ts';
import { createBatch, type JobCounts, readAll } from './storms.ts';

const DEAD = 100;
/** Slow enough that several kills meet it. */
export const PER_SECOND = 12;
const BUSY = { deadlineMs: 120_000, everyMs: 1_000 };
const TYPE = 'dead.one';
const PATH = '/gone-for-a-while';

/** Ids of what a receiver has refused for good; now it would take them. */
export const bury = async (stack: ChaosStack): Promise<string[]> => {
  stack.receiver.behave(PATH, 410);
  const webhook_url = stack.receiver.url(PATH);
  const send_at = new Date(stack.now()).toISOString();
  const items = Array.from({ length: DEAD }, (_, nth) => ({
    ...{ notification_type: TYPE, entity_id: `dead-${nth}`, send_at, webhook_url },
  }));
  const ids = await createBatch(stack, 'dead', items);
  // By itself: the clock must not move while the load runs.
  const areDead = async () => (await readAll(stack, ids)).every(({ status }) => status === 'FAILED');
  await until('all are dead', areDead, BUSY);
  stack.receiver.behave(PATH, 200);
  return ids;
};

export const orderRedrive = ({ apis }: ChaosStack): Promise<JobCounts> => {
  const body = { notification_type: TYPE, per_second: PER_SECOND };
  return insist<JobCounts>(`${apis[0]}/api/v1/dead-letters/redrive`, 'POST', { expected: 202, body });
};

/** Refused once and accepted once; also by attempts whose answer was late or whose worker was killed. */
export const judgeRedriven = ({ receiver }: ChaosStack, { id, status, attempts }: NotificationView): string[] => {
  const arrivals = receiver.of(id).length;
  if (status === 'SENT' && arrivals >= 2 && arrivals <= sendingsMax(attempts)) return [];
  const outcomes = attempts.map(({ outcome, error = '' }) => `${outcome} ${error}`.trim()).join(', ');
  return [`${id}: redriven, is ${status}, received ${arrivals} times by attempts ${outcomes}`];
};
