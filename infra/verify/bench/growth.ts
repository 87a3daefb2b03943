/**
 * Does what is stored slow down what is done? Two stacks side by side, 1,000 and 1,000,000 stored,
 * asked alternately.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Client } from '../kit/client.ts';
import { create } from './notifications.ts';
import type { Figure, Row } from './row.ts';
import { type BenchStack, withDirectory, withStackIn } from './stack.ts';
import { median, shown } from './stats.ts';

const SMALL = 1_000;
const RATIO_MAX = 1.3;
const ROUNDS = 200;
const WARM_UP_ROUNDS = 30;
const path = '/api/v1/notifications/';
const loader = fileURLToPath(new URL('./growth-load.ts', import.meta.url));

const load = async (dataDir: string, stored: number): Promise<void> => {
  const child = spawn(process.execPath, [loader, dataDir, String(stored)], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`loading ${stored} ended with ${code}`);
};

/** Provisions by a first start, then loads while nothing runs. */
const fill = async (dataDir: string, stored: number): Promise<void> => {
  await withStackIn(dataDir, async () => {});
  await load(dataDir, stored);
};

interface Made {
  id: string;
}

/**
 * Per round and stack: each operation once. The created one is then got and canceled, so the store
 * does not grow.
 */
type Operation = 'create' | 'get' | 'cancel' | 'list by entity' | 'list newest' | 'list by type';
const OPERATIONS: Operation[] = ['create', 'get', 'cancel', 'list by entity', 'list newest', 'list by type'];

const ok = async (client: Client, method: string, at: string): Promise<void> => {
  const { status, text } = await client.call(method, at);
  if (status !== 200) throw new Error(`${method} ${at}: ${status} ${text.slice(0, 300)}`);
};

const perform = async (client: Client, operation: Operation, made: Made, round: number): Promise<void> => {
  if (operation === 'create') {
    const send_at = new Date(Date.now() + 600_000).toISOString();
    made.id = (await create(client, { entity_id: `new-${round}`, email: 'user@example.com', send_at })).id;
  } else if (operation === 'get') await ok(client, 'GET', path + made.id);
  else if (operation === 'cancel') await ok(client, 'DELETE', path + made.id);
  else if (operation === 'list by entity') await ok(client, 'GET', `${path}?entity_id=user-${round % 20}&limit=50`);
  else if (operation === 'list newest') await ok(client, 'GET', `${path}?limit=50`);
  else await ok(client, 'GET', `${path}?notification_type=payment.failed&limit=50`);
};

type Latencies = Record<Operation, number[]>;
const noLatencies = (): Latencies => Object.fromEntries(OPERATIONS.map((name) => [name, []])) as unknown as Latencies;

const measure = async (stacks: BenchStack[], rounds: number): Promise<Latencies[]> => {
  const latencies = stacks.map(noLatencies);
  const made = stacks.map(() => ({ id: '' }));
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const operation of OPERATIONS)
      for (const which of order) {
        const stack = stacks[which];
        const one = made[which];
        if (!stack || !one) continue;
        const startedAt = performance.now();
        await perform(stack.client, operation, one, round);
        latencies[which]?.[operation].push(performance.now() - startedAt);
      }
  }
  return latencies;
};

const figureOf = (operation: Operation, small: Latencies, large: Latencies, stored: string): Figure => {
  const [of1000, ofMany] = [median(small[operation]), median(large[operation])];
  const ratio = ofMany / of1000;
  return {
    what: `growth: ${operation}, ${stored} stored : ${SMALL.toLocaleString('en-US')}`,
    goal: `<= ${RATIO_MAX} x`,
    measured: `${shown(ratio)} x (p50 ${shown(ofMany)} : ${shown(of1000)} ms)`,
    met: ratio <= RATIO_MAX,
  };
};

export const growth: Row = ({ stored, say }) =>
  withDirectory((smallDir) =>
    withDirectory(async (largeDir) => {
      await fill(smallDir, SMALL);
      const startedAt = performance.now();
      await fill(largeDir, stored);
      say(`${stored.toLocaleString('en-US')} stored in ${shown((performance.now() - startedAt) / 1_000)} s`);
      return withStackIn(smallDir, (small) =>
        withStackIn(largeDir, async (large) => {
          await measure([small, large], WARM_UP_ROUNDS);
          say(`${ROUNDS} rounds on both`);
          const [ofSmall = noLatencies(), ofLarge = noLatencies()] = await measure([small, large], ROUNDS);
          const size = stored.toLocaleString('en-US');
          return {
            figures: OPERATIONS.map((operation) => figureOf(operation, ofSmall, ofLarge, size)),
            notes: [
              `Two stacks side by side, each operation on both alternately, one at a time, ${ROUNDS} rounds, p50. The stored ones (nine in ten sent, over 30 days, 50 to an entity, ten types) were written straight into the local DynamoDB's LevelDB. Pages of 50.`,
            ],
          };
        }),
      );
    }),
  );
