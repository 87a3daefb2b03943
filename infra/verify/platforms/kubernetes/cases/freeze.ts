import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../../kit/until.ts';
import type { Case } from '../case.ts';
import { makeAsker } from '../counting-client.ts';
import { allReady, onePod, signalPod } from '../pods.ts';

/**
 * Two seconds between looks, three looks of two seconds; and what kubelet and API server take to
 * say so.
 */
const LEFT_MAX_MS = 12_000;
/** For the node's tables to follow. */
const SETTLED_MS = 2_000;
const ASKED = 40;
/** The other pod alone, at its leisure. */
const ANSWER_MAX_MS = 3_000;

/**
 * A pod that stops without a word, its connections open: it leaves the Service soon, and comes back
 * by itself.
 */
export const freeze: Case = {
  name: 'a pod of api frozen (SIGSTOP) until it has left the Service',
  due: { count: 100, inMs: 6_000, overMs: 10_000 },
  perSecond: 4,
  // Connections that were open stay with the pod until their caller gives up.
  breaks: ['silent', 'cut', 'closed', 'refused'],
  play: async ({ release }) => {
    const pod = await onePod(release, 'api');
    const frozenAt = await signalPod(release.tools, pod, 'SIGSTOP');
    const wrong: string[] = [];
    try {
      const isOut = async () => (await release.pods('api')).some(({ name, isReady }) => name === pod.name && !isReady);
      await until('the frozen pod leaves the Service', isOut, { deadlineMs: 60_000, everyMs: 250 });
      const leftMs = Date.now() - frozenAt;
      if (leftMs > LEFT_MAX_MS) wrong.push(`the frozen pod left the Service after ${(leftMs / 1_000).toFixed(1)} s`);
      await sleep(SETTLED_MS);
      const asker = makeAsker(release);
      const slow: string[] = [];
      for (let index = 0; index < ASKED; index += 1) {
        const answer = await asker.ask('GET', '/api/v1/notifications/?limit=1', undefined, { connection: 'close' });
        if (answer?.status !== 200 || answer.durationMs > ANSWER_MAX_MS)
          slow.push(answer ? `${answer.status} after ${Math.round(answer.durationMs)} ms` : 'no answer');
      }
      asker.close();
      if (slow.length > 0)
        wrong.push(`beside the frozen pod, ${slow.length} of ${ASKED}: ${slow.slice(0, 3).join(', ')}`);
    } finally {
      await signalPod(release.tools, pod, 'SIGCONT');
    }
    const after = await allReady(release, 'api', 2);
    if (!after.some(({ name, restarts }) => name === pod.name && restarts === pod.restarts))
      wrong.push('the frozen pod was restarted');
    return wrong;
  },
};
