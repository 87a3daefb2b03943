/** Lets the weeks pass by the virtual clock, and reads what arrived. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client.ts';
import type { Mail } from './check.ts';

const PATIENCE_MS = 30_000;

export const mailOf = async (client: Client, run: string): Promise<Mail[]> =>
  (await client.inbox()).filter(({ to }) => to.endsWith(`@${run}.example.com`));

/** Returns how many have not arrived after {@link PATIENCE_MS}: the check names them. */
const awaitMail = async (client: Client, run: string, count: number): Promise<number> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const missing = count - (await mailOf(client, run)).length;
    if (missing <= 0 || performance.now() >= deadline) return Math.max(0, missing);
    await sleep(25);
  }
};

/**
 * From one due time to the next, so that each reminder arrives at its own. Returns the number of steps.
 *
 * @param due of each reminder, epoch ms
 */
export const passTime = async (client: Client, run: string, due: number[]): Promise<number> => {
  const steps = [...new Set(due)].sort((a, b) => a - b);
  let missing = 0;
  for (const step of steps) {
    const aheadMs = step - (await client.now());
    if (aheadMs > 0) await client.advance(`PT${aheadMs / 1_000}S`);
    const count = due.filter((time) => time <= step).length;
    missing += await awaitMail(client, run, count - missing);
  }
  return steps.length;
};
