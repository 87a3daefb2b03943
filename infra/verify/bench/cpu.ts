/**
 * Processor time of the service and of the local AWS for a POST and a delivery, and how long a burst takes;
 * of another checkout too, alternately on stacks side by side, so that the ratio holds on a noisy machine.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../kit/parallel.ts';
import { allArrived } from './deliveries.ts';
import { create } from './notifications.ts';
import { type Receiver, startReceiver } from './receiver-process.ts';
import type { Figure, Row } from './row.ts';
import { type BenchStack, cpuOf, withStacks } from './stack.ts';
import { max, median, shown } from './stats.ts';

/** A process's first rounds load and compile, and do not count. */
const WARM_UP_ROUNDS = 2;
const ROUNDS = 5;
const COUNT = 1_500;
const CONCURRENCY = 8;
/** Creating takes some seconds. */
const LEAD_MS = 12_000;
const PATIENCE_MS = 60_000;

const MEASURED = {
  'CPU of the service, a POST': 'ms',
  'CPU of the local AWS, a POST': 'ms',
  'CPU of the service, a delivery': 'ms',
  'CPU of the local AWS, a delivery': 'ms',
  [`${COUNT.toLocaleString('en-US')} due at once: the last arrives after`]: 's',
} as const;

/** In the order of `MEASURED`. */
type Sample = number[];

const OURS = 'now';

const measure = async (stack: BenchStack, receiver: Receiver): Promise<Sample> => {
  const dueAt = Math.ceil((Date.now() + LEAD_MS) / 1_000) * 1_000;
  const input = { webhook_url: receiver.url, send_at: new Date(dueAt).toISOString() };
  const post = await cpuOf(stack, COUNT, () =>
    inParallel(COUNT, CONCURRENCY, (index) => create(stack.client, { entity_id: `user-${index}`, ...input })),
  );
  await sleep(dueAt - 1_000 - Date.now());
  const delivery = await cpuOf(stack, COUNT, () => allArrived(receiver, COUNT, dueAt + PATIENCE_MS));
  const last = max((await receiver.arrivals()).map(({ at }) => at));
  receiver.clear();
  return [post.service, post.aws, delivery.service, delivery.aws, (last - dueAt) / 1_000];
};

const figuresOf = (samples: Map<string, Sample[]>): Figure[] =>
  Object.entries(MEASURED).map(([what, unit], index) => {
    const all = [...samples].map(([name, of]) => ({ name, values: of.map((sample) => sample[index] ?? Number.NaN) }));
    const shownOf = ({ name, values }: (typeof all)[number]) => `${name} ${shown(median(values))}`;
    const ours = all.find(({ name }) => name === OURS)?.values ?? [];
    const ratios = all
      .filter(({ name }) => name !== OURS)
      .map(({ values }) => `${shown(median(ours.map((value, round) => value / (values[round] ?? Number.NaN))))} x`);
    return { what, goal: 'stated', measured: [`${all.map(shownOf).join(', ')} ${unit}`, ...ratios].join('; ') };
  });

export const cpu: Row = async ({ say, against }) => {
  const receiver = await startReceiver();
  try {
    const variants = [...(against === undefined ? [] : [{ name: 'before', root: against }]), { name: OURS }];
    const samples = await withStacks(variants, async (stacks) => {
      const measured = new Map<string, Sample[]>(variants.map(({ name }) => [name, []]));
      for (let round = 1 - WARM_UP_ROUNDS; round <= ROUNDS; round += 1)
        for (const [name, stack] of stacks) {
          const sample = await measure(stack, receiver);
          say(`round ${round} of ${ROUNDS}, ${name}: ${sample.map(shown).join(', ')}`);
          if (round > 0) measured.get(name)?.push(sample);
        }
      return measured;
    });
    return {
      figures: figuresOf(samples),
      notes: [
        `${ROUNDS} rounds of ${COUNT.toLocaleString('en-US')} POSTs, ${CONCURRENCY} at once, and as many webhooks due in one second. Medians; user and system time of each process. With \`--against DIR\` each round runs on that checkout ("before") and on this one, and the ratio is the median of the rounds' ratios.`,
        'Measured and left out: a young generation of 48 instead of 16 MB (a delivery 0.95 x, a POST 0.87 x, for up to 100 MB more); the clock of the local stack read once in a turn of the event loop (a delivery 0.99 x). Judged by the profile and not tried: undici as HTTP client of the SDK (0.15 of 1.6 ms is spent in the present one, and undici is 230 KB of each bundle).',
      ],
    };
  } finally {
    await receiver.close();
  }
};
