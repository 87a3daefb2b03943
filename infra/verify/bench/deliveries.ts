/** Sends webhooks to a receiver in another process and compares what was due with what arrived. */

import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../kit/parallel.ts';
import { create, untilEnded, type View } from './notifications.ts';
import type { Receiver } from './receiver-process.ts';
import type { BenchStack } from './stack.ts';

export interface Deliveries {
  /** First attempt start - due, ms; from the API's attempts. */
  startLateness: number[];
  /** Arrival at the receiver - due, ms. */
  arrivalLateness: number[];
  sent: number;
  lost: number;
  duplicates: number;
  /** Arrivals before their time. */
  early: number;
  /** Last arrival - due of the first, ms. */
  drainedMs: number;
}

interface DeliveriesOptions {
  count: number;
  entityId: string;
  /** Epoch ms of the index-th. */
  dueAt(index: number): number;
  concurrency: number;
  /** How long after the last due time to wait for what is missing. */
  patienceMs: number;
}

/**
 * One delivery beforehand, so that what a process does once in its life is not charged to the first
 * that is measured.
 */
export const warmUp = async (stack: BenchStack, receiver: Receiver, count = 200): Promise<void> => {
  const send_at = new Date().toISOString();
  await inParallel(count, 8, () => create(stack.client, { entity_id: 'warm-up', webhook_url: receiver.url, send_at }));
  await untilEnded(stack.client, 'warm-up', 20_000);
  receiver.clear();
};

/** What follows the last arrival: its record, the message's removal. */
const AFTER_MS = 1_000;

/** Resolves when all have arrived and are recorded. Throws when they have not by `until`, epoch ms. */
export const allArrived = async (receiver: Receiver, count: number, until: number): Promise<void> => {
  while ((await receiver.arrivals()).length < count) {
    if (Date.now() > until) throw new Error('not all have arrived');
    await sleep(250);
  }
  await sleep(AFTER_MS);
};

const compare = (views: View[], arrivals: { id: string; at: number }[], options: DeliveriesOptions): Deliveries => {
  const dues = new Map(views.map((view) => [view.id, Date.parse(view.send_at)]));
  const firsts = new Map<string, number>();
  for (const { id, at } of arrivals) if (dues.has(id)) firsts.set(id, Math.min(at, firsts.get(id) ?? at));
  const late = [...firsts].map(([id, at]) => at - (dues.get(id) ?? 0));
  const ours = arrivals.filter(({ id }) => dues.has(id));
  return {
    startLateness: views.flatMap(({ send_at, attempts }) => {
      const [first] = attempts;
      return first ? [Date.parse(first.started_at) - Date.parse(send_at)] : [];
    }),
    arrivalLateness: late,
    sent: views.filter(({ status }) => status === 'SENT').length,
    lost: options.count - firsts.size,
    duplicates: ours.length - firsts.size,
    early: late.filter((ms) => ms < 0).length,
    drainedMs: Math.max(...firsts.values()) - options.dueAt(0),
  };
};

export const deliver = async (
  stack: BenchStack,
  receiver: Receiver,
  options: DeliveriesOptions,
): Promise<Deliveries> => {
  const { count, entityId, dueAt, concurrency } = options;
  await inParallel(count, concurrency, (index) =>
    create(stack.client, {
      entity_id: entityId,
      webhook_url: receiver.url,
      send_at: new Date(dueAt(index)).toISOString(),
    }),
  );
  if (Date.now() > dueAt(0) - 2_000)
    throw new Error('Creating took too long: the first were due before the last was made');
  const last = dueAt(count - 1);
  while ((await receiver.arrivals()).length < count && Date.now() < last + options.patienceMs)
    await sleep(Math.max(500, last - Date.now()));
  const views = await untilEnded(stack.client, entityId, 20_000);
  // What would come twice has had its chance by now: a duplicate is a message received again at
  // once, not after minutes.
  await sleep(1_000);
  return compare(views, await receiver.arrivals(), options);
};
