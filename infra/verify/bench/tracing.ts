/**
 * What tracing costs: processor time of the service a POST and a delivery, off and on, alternately on
 * stacks side by side.
 */
import { inParallel } from '../kit/parallel.ts';
import { create, untilEnded } from './notifications.ts';
import { type Receiver, startReceiver } from './receiver-process.ts';
import type { Figure, Row } from './row.ts';
import { type BenchStack, cpuOf, type Variant, withStacks } from './stack.ts';
import { shown, spread } from './stats.ts';

const ROUNDS = 4;
const POSTS = 500;
const DELIVERIES = 250;
const CONCURRENCY = 8;

interface Cost {
  post: number[];
  delivery: number[];
}

const variantsOf = (collector: Receiver, against: string | undefined): Variant[] => {
  // The receiver takes anything: what a collector does with it is its own cost.
  const on = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.origins[0]}/status/200` };
  const some = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' };
  return [
    ...(against === undefined ? [] : [{ name: `${against}, off`, env: {}, root: against }]),
    { name: 'off', env: {} },
    { name: 'on, 1 % sampled', env: { ...on, ...some } },
    { name: 'on, all sampled', env: on },
  ];
};

/** Due in 10 minutes, so that nothing is delivered meanwhile. */
const postAll = (stack: BenchStack): Promise<unknown> => {
  const send_at = new Date(Date.now() + 600_000).toISOString();
  return inParallel(POSTS, CONCURRENCY, (index) =>
    create(stack.client, { entity_id: `user-${index}`, email: 'user@example.com', send_at }),
  );
};

const deliverAll = async (stack: BenchStack, webhook_url: string, entity_id: string): Promise<void> => {
  const send_at = new Date().toISOString();
  await inParallel(DELIVERIES, CONCURRENCY, () => create(stack.client, { entity_id, webhook_url, send_at }));
  await untilEnded(stack.client, entity_id, 60_000);
};

const measure = async (stacks: Map<string, BenchStack>, url: string, say: (line: string) => void) => {
  const costs = new Map<string, Cost>([...stacks.keys()].map((name) => [name, { post: [], delivery: [] }]));
  // The first round is a process's first load, and does not count.
  for (let round = 0; round <= ROUNDS; round += 1) {
    say(`round ${round} of ${ROUNDS}`);
    for (const [name, stack] of stacks) {
      const { service: post } = await cpuOf(stack, POSTS, () => postAll(stack));
      const { service: both } = await cpuOf(stack, DELIVERIES, () => deliverAll(stack, url, `round-${round}`));
      if (round === 0) continue;
      costs.get(name)?.post.push(post);
      costs.get(name)?.delivery.push(both - post);
    }
  }
  return costs;
};

const figuresOf = (costs: Map<string, Cost>): Figure[] =>
  [...costs].map(([name, { post, delivery }]) => ({
    what: `CPU of the service a POST, and a webhook delivered, tracing ${name}`,
    goal: 'stated',
    measured: `${shown(spread(post).p50)} ms, ${shown(spread(delivery).p50)} ms (medians of ${post.length} rounds)`,
  }));

export const tracing: Row = async ({ say, against }) => {
  const [receiver, collector] = await Promise.all([startReceiver(), startReceiver()]);
  try {
    const variants = variantsOf(collector, against);
    const costs = await withStacks(variants, (stacks) => measure(stacks, receiver.url, say));
    return {
      figures: figuresOf(costs),
      notes: [
        `Each round ${POSTS} POSTs due in 10 minutes, then ${DELIVERIES} due at once, on one stack after the other; user and system time of the process that has API and workers. A delivery is what is left of the second without the first; reading how they fared counts too, the same everywhere.`,
      ],
    };
  } finally {
    await Promise.all([receiver.close(), collector.close()]);
  }
};
