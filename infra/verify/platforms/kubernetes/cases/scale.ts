import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '../../../kit/ledger.ts';
import { until } from '../../../kit/until.ts';
import { type Case, PATH } from '../case.ts';
import { allReady, noneOf } from '../pods.ts';

const WORKER = 'deployment/event-system-worker';
const ENOUGH = 100;
/** One worker alone, with most of it still to do. */
const ALONE_MS = 2_000;
const WITHOUT_MS = 5_000;

/**
 * A full queue, and ever fewer workers: what one has begun it ends, what it has merely taken it
 * gives back.
 */
export const scaleDown: Case = {
  name: 'workers from 3 to 1 to 0 and back to 2 while the queue is full',
  due: { count: 600, inMs: 15_000, overMs: 1 },
  perSecond: 3,
  // 64 at once to one receiver: 40 s of work for one worker, and enough for three until they are scaled down.
  answerMs: 4_000,
  prepare: async ({ release }) => {
    await release.kubectl('scale', WORKER, '--replicas=3');
    await allReady(release, 'worker', 3);
  },
  play: async ({ release, receiver, traffic }) => {
    const isWaiting = ({ id, dueAt }: Entry): boolean =>
      id !== undefined && dueAt < Date.now() && receiver.of(id).length === 0;
    const arrived = () => receiver.received(PATH).length > ENOUGH;
    await until('the first of many arrive', arrived, { deadlineMs: 60_000 });
    await release.kubectl('scale', WORKER, '--replicas=1');
    await sleep(ALONE_MS);
    const left = traffic.ledger.entries.filter(isWaiting).length;
    await release.kubectl('scale', WORKER, '--replicas=0');
    await noneOf(release, 'worker');
    await sleep(WITHOUT_MS);
    await release.kubectl('scale', WORKER, '--replicas=2');
    await allReady(release, 'worker', 2);
    return left < ENOUGH ? [`only ${left} were waiting as the last worker left: nothing was shown`] : [];
  },
};
