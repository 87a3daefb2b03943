/** When each of many notifications, created beforehand, arrives at the receiver. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../kit/client.ts';
import { inParallel } from '../kit/parallel.ts';
import { create } from './notifications.ts';
import type { Receiver } from './receiver-process.ts';

export interface Planned {
  /** Whose request it is. */
  client: Client;
  /** Epoch ms. */
  dueAt: number;
  input: Record<string, unknown>;
}

export interface Arrived {
  /** Of those that arrived, arrival - due, ms; in the order of the plan. */
  lateMs: number[];
  lost: number;
  duplicates: number;
}

/**
 * Creates them in their order; answers those of `wanted` (indexes), which it waits for,
 * `patienceMs` after the last was due at most.
 */
export const arrivalsOf = async (
  receiver: Receiver,
  planned: Planned[],
  options: { wanted: (index: number) => boolean; patienceMs: number },
): Promise<Arrived> => {
  const ids: string[] = [];
  await inParallel(planned.length, 8, async (index) => {
    const { client, dueAt, input } = planned[index] as Planned;
    ids[index] = (await create(client, { ...input, send_at: new Date(dueAt).toISOString() })).id;
  });
  const dues = planned.map(({ dueAt }) => dueAt);
  if (Date.now() > dues.reduce((a, b) => Math.min(a, b)) - 2_000)
    throw new Error('Creating took too long: the first were due before the last was made');
  const wanted = new Map(ids.flatMap((id, index) => (options.wanted(index) ? [[id, dues[index] ?? 0]] : [])));
  const last = dues.reduce((a, b) => Math.max(a, b));
  await sleep(Math.max(0, last - Date.now()));
  const arrived = async () => (await receiver.arrivals()).filter(({ id }) => wanted.has(id));
  const isWhole = async () => new Set((await arrived()).map(({ id }) => id)).size === wanted.size;
  while (!(await isWhole()) && Date.now() < last + options.patienceMs) await sleep(500);
  const all = await arrived();
  const firsts = new Map<string, number>();
  for (const { id, at } of all) firsts.set(id, Math.min(at, firsts.get(id) ?? at));
  return {
    lateMs: [...wanted].flatMap(([id, dueAt]) => (firsts.get(id) ?? Number.NaN) - dueAt).filter(Number.isFinite),
    lost: wanted.size - firsts.size,
    duplicates: all.length - firsts.size,
  };
};
