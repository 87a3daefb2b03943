/** Every process dies, one after the other, while a redrive is canceled and an erasure runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotificationView } from '../../../../lib/notifications/view.ts';
import { insist } from '../ask.ts';
import { bury, judgeRedriven, orderRedrive, PER_SECOND } from '../dead.ts';
import type { Scenario } from '../scenario.ts';
import type { ChaosStack } from '../stack.ts';
import {
  createBatch,
  endingsOf,
  type JobCounts,
  killAll,
  readAll,
  untilAllEnded,
  untilDone,
  untilRepaired,
} from '../storms.ts';

const PERSON = 'former.user@example.com';
const PERSONAL = 40;
/** Later than the order, so that it is canceled by the erasure. */
const DUE_IN_MS = 3 * 86_400_000;
/** Of the redrive's work before it is canceled. */
const CANCEL_AFTER_MS = 3_000;
/** A page of a redrive is 5 s of its pace; two workers may have one in hand when it is canceled. */
const IN_FLIGHT_MAX = 2 * 5 * PER_SECOND;

const personal = (stack: ChaosStack): Promise<string[]> => {
  const send_at = new Date(stack.now() + DUE_IN_MS).toISOString();
  const items = Array.from({ length: PERSONAL }, (_, nth) => ({
    ...{ notification_type: 'user.signup', entity_id: `person-${nth}`, send_at },
    ...{ email: PERSON, webhook_url: stack.receiver.url('/erased') },
  }));
  return createBatch(stack, 'personal', items);
};

const judgeErased = ({ receiver }: ChaosStack, view: NotificationView): string[] => {
  const isGone = view.status === 'CANCELED' && !JSON.stringify(view).includes(PERSON);
  if (isGone && receiver.of(view.id).length === 0) return [];
  return [`${view.id}: erased, is ${view.status}, received ${receiver.of(view.id).length} times, shows ${view.email}`];
};

/** What the canceled job took is counted at least in part; the next one takes the rest, and no more. */
const judgeCanceled = async (stack: ChaosStack, ids: readonly string[], jobId: string): Promise<string[]> => {
  const url = `${stack.apis[0]}/api/v1/jobs/${jobId}`;
  await untilAllEnded(stack, ids);
  const job = await insist<JobCounts>(url, 'GET');
  const left = (await readAll(stack, ids)).filter(({ status }) => status === 'FAILED').length;
  const taken = ids.length - left;
  const isRight = job.status === 'CANCELED' && Number(job.redriven) <= taken;
  const isBounded = taken - Number(job.redriven) <= IN_FLIGHT_MAX;
  const next = await orderRedrive(stack);
  const done = await untilDone(stack, next.job_id);
  const isRest = done.matched === left && done.redriven === left && done.failed === 0;
  const views = await untilAllEnded(stack, ids);
  return [
    ...(isRight && isBounded ? [] : [`${taken} were redriven, and the canceled job says ${JSON.stringify(job)}`]),
    ...(isRest ? [] : [`${left} were left, and the next job says ${JSON.stringify(done)}`]),
    ...views.flatMap((view) => judgeRedriven(stack, view)),
  ];
};

export const makeJobScenario = (): Scenario => {
  let dead: string[] = [];
  let erased: string[] = [];
  let redrive = '';
  let erasure = '';
  return {
    name: 'SIGKILL storm: during a canceled redrive and an erasure',
    isShort: true,
    play: async (stack, { faultMs }) => {
      [dead, erased] = [await bury(stack), await personal(stack)];
      redrive = (await orderRedrive(stack)).job_id;
      const body = { email: PERSON };
      erasure = (await insist<JobCounts>(`${stack.apis[0]}/api/v1/erasure`, 'POST', { expected: 202, body })).job_id;
      const killing = killAll(stack, faultMs);
      await sleep(CANCEL_AFTER_MS);
      await insist(`${stack.apis[0]}/api/v1/jobs/${redrive}/cancel`, 'POST');
      await killing;
    },
    met: endingsOf,
    check: async (stack) => {
      const { status } = await untilDone(stack, erasure);
      const problems = await judgeCanceled(stack, dead, redrive);
      await untilRepaired(stack, 'what was erased would be due', () => stack.advance(DUE_IN_MS));
      const views = await untilAllEnded(stack, erased);
      const ended = status === 'DONE' ? [] : [`the erasure is ${status}`];
      return [...ended, ...problems, ...views.flatMap((view) => judgeErased(stack, view))];
    },
  };
};
