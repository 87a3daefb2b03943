/** What a POST costs: latency at a given rate, throughput, AWS calls. */
import { countPost } from './counted-post.ts';
import { openLoop, throughput } from './load.ts';
import { create } from './notifications.ts';
import type { Figure, Row } from './row.ts';
import { type BenchStack, withStack } from './stack.ts';
import { shown, showSpread, spread } from './stats.ts';

const RATE = { perSecond: 100, seconds: 30 };
const CONCURRENCIES = [1, 4, 16, 48];
const SECONDS_EACH = 6;
const WARM_UP_SECONDS = 4;

/**
 * As existing clients ask: days ahead, so that each also needs a schedule entry, made while the
 * next is answered.
 */
const far = { target_date: new Date(Date.now() + 10 * 86_400_000).toISOString(), lead_time_days: 7 };
/** Within what a queue can delay. */
const near = () => ({ send_at: new Date(Date.now() + 600_000).toISOString() });

const best = async (work: () => Promise<unknown>): Promise<{ perSecond: number; concurrency: number }> => {
  const runs: { perSecond: number; concurrency: number }[] = [];
  for (const concurrency of CONCURRENCIES)
    runs.push({ concurrency, perSecond: await throughput({ seconds: SECONDS_EACH, concurrency }, work) });
  return runs.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
};

const onStack = async (stack: BenchStack, say: (line: string) => void): Promise<Figure[]> => {
  let made = 0;
  const post = (when: () => object) => () => {
    made += 1;
    return create(stack.client, { entity_id: `user-${made % 500}`, email: 'user@example.com', ...when() });
  };
  await throughput({ seconds: WARM_UP_SECONDS, concurrency: 8 }, post(near));
  say(`open loop, ${RATE.perSecond}/s for ${RATE.seconds} s, days ahead`);
  const farLatency = spread(
    await openLoop(
      RATE,
      post(() => far),
    ),
  );
  say(`the same, within 15 minutes`);
  const nearLatency = spread(await openLoop(RATE, post(near)));
  say(`closed loop, ${CONCURRENCIES.join(', ')} at once`);
  const nearBest = await best(post(near));
  const farBest = await best(post(() => far));
  return [
    {
      what: `POST /notifications/ at ${RATE.perSecond}/s, due in 3 days`,
      goal: 'p99 <= 25 ms',
      measured: showSpread(farLatency),
      met: farLatency.p99 <= 25,
    },
    {
      what: `POST /notifications/ at ${RATE.perSecond}/s, due within 15 min`,
      goal: 'p99 <= 25 ms',
      measured: showSpread(nearLatency),
      met: nearLatency.p99 <= 25,
    },
    {
      what: 'POST /notifications/ throughput, due within 15 min',
      goal: '>= 400/s',
      measured: `${shown(nearBest.perSecond)}/s (${nearBest.concurrency} at once)`,
      met: nearBest.perSecond >= 400,
    },
    {
      what: 'POST /notifications/ throughput, due in 3 days (schedule entries made meanwhile)',
      goal: '-',
      measured: `${shown(farBest.perSecond)}/s (${farBest.concurrency} at once)`,
    },
  ];
};

export const post: Row = async ({ say }) => {
  const figures = await withStack((stack) => onStack(stack, say));
  say('AWS calls per POST');
  const { perPost, posts } = await countPost();
  const total = Object.values(perPost).reduce((a, b) => a + b, 0);
  const named = Object.entries(perPost).map(([operation, count]) => `${shown(count)} ${operation}`);
  return {
    figures: [
      ...figures,
      {
        what: 'AWS calls per POST /notifications/',
        goal: '<= 2',
        measured: `${shown(total)} (${named.join(', ')})`,
        met: total <= 2,
      },
    ],
    notes: [
      `Open loop: requests start at planned times whatever the answers do, and latency counts from the planned time. Closed loop: the best of ${CONCURRENCIES.join(', ')} at once for ${SECONDS_EACH} s each. The load generator shares the processors with the stack. Calls: counted by a proxy before the local AWS while the create function ran ${posts} times, one request at a time; under concurrency messages share a SendMessageBatch and it is less.`,
    ],
  };
};
