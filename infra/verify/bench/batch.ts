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
const CLIENTS = 16;
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

/** Single POSTs at a rate, while something else goes on. */
const beside = async (
  stack: BenchStack,
  what: string,
  work: (isOver: () => boolean) => Promise<number>,
): Promise<Figure> => {
  let isOver = false;
  const startedAt = performance.now();
  const background = work(() => isOver);
  const latencies = spread(await openLoop(BESIDE, () => create(stack.client, notificationBody(1))));
  isOver = true;
  const made = await background;
  const perSecond = (made * 1_000) / (performance.now() - startedAt);
  return {
    what: `single POSTs at ${BESIDE.perSecond}/s, ${what}`,
    goal: '-',
    measured: `${showSpread(latencies)}${made > 0 ? `; ${shown(perSecond)} others/s` : ''}`,
  };
};

const batchAfterBatch = (stack: BenchStack) => async (isOver: () => boolean) => {
  let made = 0;
  for (; !isOver(); made += ITEMS) await postBatch(stack, made);
  return made;
};
const clientsAtOnce = (stack: BenchStack) => async (isOver: () => boolean) => {
  let made = 0;
  const client = async () => {
    for (; !isOver(); made += 1) await create(stack.client, notificationBody(made));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return made;
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
  const figures = await withStack(async (stack) => [
    await sideBySide(stack),
    await beside(stack, 'alone', async () => 0),
    await beside(stack, 'beside one client that sends batch after batch', batchAfterBatch(stack)),
    await beside(stack, `beside ${CLIENTS} clients that send POST after POST`, clientsAtOnce(stack)),
  ]);
  say('AWS calls per item');
  return {
    figures: [...figures, await calls()],
    notes: [
      `Medians of ${ROUNDS} rounds, one request at a time, half of the notifications due within 15 minutes. Beside: open loop for ${BESIDE.seconds} s each.`,
    ],
  };
};
