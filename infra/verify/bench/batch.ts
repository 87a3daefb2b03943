/** A batch of 100 beside single POSTs: its time, its calls, and what it costs those who POST meanwhile. */
import { countCalls, notificationBody } from './counted-post.ts';
import { openLoop } from './load.ts';
import { create } from './notifications.ts';
import type { Figure, Row } from './row.ts';
import { type BenchStack, withStack } from './stack.ts';
import { median, shown, showSpread, spread, sum } from './stats.ts';

const ITEMS = 100;
const SINGLE = 40;
const ROUNDS = 15;
const WARM_UP_ROUNDS = 3;
const COUNTED = 5;
const BESIDE = { perSecond: 50, seconds: 15 };

const path = '/api/v1/notifications/batch';
const batchOf = (from: number) => ({
  items: Array.from({ length: ITEMS }, (_, index) => notificationBody(from + index)),
});

const postBatch = async ({ client }: BenchStack, from: number): Promise<void> => {
  const { status, body, text } = await client.call<{ results: { status: number }[] }>('POST', path, batchOf(from));
  if (status !== 200 || body.results.some((one) => one.status !== 201)) throw new Error(text.slice(0, 500));
};
const postSingles = async ({ client }: BenchStack, from: number): Promise<void> => {
  for (let index = 0; index < SINGLE; index += 1) await create(client, notificationBody(from + index));
};
const timed = async (work: () => Promise<void>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

const sideBySide = async (stack: BenchStack): Promise<Figure> => {
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    await postBatch(stack, round);
    await postSingles(stack, round);
  }
  const batches: number[] = [];
  const singles: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    batches.push(await timed(() => postBatch(stack, round * ITEMS)));
    singles.push(await timed(() => postSingles(stack, round * SINGLE)));
  }
  const [batchMs, singleMs] = [median(batches), median(singles)];
  return {
    what: `a batch of ${ITEMS}, beside ${SINGLE} single POSTs in a row`,
    goal: 'less time',
    measured: `${shown(batchMs)} ms (${shown((ITEMS * 1_000) / batchMs)} items/s) : ${shown(singleMs)} ms`,
    met: batchMs < singleMs,
  };
};

/** Single POSTs at a rate, alone and while one client sends batch after batch. */
const beside = async (stack: BenchStack): Promise<Figure[]> => {
  const single = () => create(stack.client, notificationBody(1));
  const alone = spread(await openLoop(BESIDE, single));
  let isOver = false;
  const batches = (async () => {
    for (let from = 0; !isOver; from += ITEMS) await postBatch(stack, from);
  })();
  const together = spread(await openLoop(BESIDE, single));
  isOver = true;
  await batches;
  return [
    {
      what: `single POSTs at ${BESIDE.perSecond}/s beside batch after batch`,
      goal: '-',
      measured: showSpread(together),
    },
    { what: 'the same alone', goal: '-', measured: showSpread(alone) },
  ];
};

const calls = async (): Promise<Figure> => {
  const counted = await countCalls({
    file: 'functions/notifications/create-batch.ts',
    path,
    bodies: Array.from({ length: COUNTED }, (_, index) => batchOf(index * ITEMS)),
    status: 200,
  });
  const perItem = sum(Object.values(counted)) / (COUNTED * ITEMS);
  const named = Object.entries(counted).map(([name, count]) => `${shown(count / (COUNTED * ITEMS))} ${name}`);
  return {
    what: `AWS calls per item of a batch of ${ITEMS}`,
    goal: '<= 1.15',
    measured: `${shown(perItem)} (${named.join(', ')})`,
    met: perItem <= 1.15,
  };
};

export const batch: Row = async ({ say }) => {
  say(`a batch and ${SINGLE} POSTs in turn, ${ROUNDS} rounds; then POSTs beside batches`);
  const figures = await withStack(async (stack) => [await sideBySide(stack), ...(await beside(stack))]);
  say('AWS calls per item');
  return {
    figures: [...figures, await calls()],
    notes: [
      `Medians of ${ROUNDS} rounds, one request at a time, half of the notifications due within 15 minutes. Beside: open loop for ${BESIDE.seconds} s, one client that sends a batch as soon as the last is answered.`,
    ],
  };
};
