/**
 * A mix of everything, as fast as the stack delivers it: what is in flight stays bounded, so that
 * what grows is a leak.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../kit/client.ts';
import type { Receiver } from './receiver-process.ts';

const WORKERS = 8;
/** Created and not arrived yet, at most. */
const BACKLOG_MAX = 200;
const LOOK_MS = 200;

export interface Done {
  created: number;
  arrived: number;
  canceled: number;
  listed: number;
  published: number;
  /** Answers that were not as expected. */
  unexpected: Record<string, number>;
}

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** Runs until `isOver`; answers what was done. */
export const soakLoad = async (client: Client, receiver: Receiver, isOver: () => boolean): Promise<Done> => {
  const done: Done = { created: 0, arrived: 0, canceled: 0, listed: 0, published: 0, unexpected: {} };
  const path = '/api/v1/notifications/';
  const user = (): string => `user-${done.created % 1_000}`;

  const ask = async (status: number, method: string, at: string, body?: unknown): Promise<string | undefined> => {
    const answer = await client.call(method, at, body);
    if (answer.status === status) return answer.text;
    const what = `${method} ${at.slice(0, 22)}: ${answer.status}`;
    done.unexpected[what] = (done.unexpected[what] ?? 0) + 1;
    return undefined;
  };
  const create = (more: object) =>
    ask(201, 'POST', path, { notification_type: 'user.signup', entity_id: user(), email: 'user@example.com', ...more });

  const deliverNow = async (): Promise<void> => {
    const everywhere = { phone: '+919999912345', webhook_url: receiver.url, send_at: new Date().toISOString() };
    if (await create({ ...everywhere, subject: 'Soak', body: 'x'.repeat(500) })) done.created += 1;
  };
  const createAndCancel = async (): Promise<void> => {
    // Alternately within what a queue delays, and beyond it, where a schedule entry is made and deleted.
    const text = await create({ send_at: inDays(done.canceled % 2 === 0 ? 0.001 : 30) });
    if (text && (await ask(200, 'DELETE', `${path}${(JSON.parse(text) as { id: string }).id}`))) done.canceled += 1;
  };
  const list = async (): Promise<void> => {
    if (await ask(200, 'GET', `${path}?limit=20&entity_id=${user()}`)) done.listed += 1;
    if (await ask(200, 'GET', '/api/v1/events/?limit=10')) done.listed += 1;
  };
  const publish = async (): Promise<void> => {
    const payload = { user_id: done.published, webhook_url: receiver.url };
    if (!(await ask(201, 'POST', '/api/v1/events/', { type: 'user.signup', payload }))) return;
    done.published += 1;
  };
  const steps = [deliverNow, deliverNow, createAndCancel, list, publish];

  const count = async (): Promise<void> => {
    while (!isOver()) {
      done.arrived += (await receiver.take()).length;
      await sleep(LOOK_MS);
    }
  };
  const worker = async (first: number): Promise<void> => {
    for (let step = first; !isOver(); step += 1) {
      while (done.created + done.published - done.arrived > BACKLOG_MAX && !isOver()) await sleep(LOOK_MS / 10);
      await steps[step % steps.length]?.();
    }
  };
  await Promise.all([count(), ...Array.from({ length: WORKERS }, (_, index) => worker(index))]);
  return done;
};
