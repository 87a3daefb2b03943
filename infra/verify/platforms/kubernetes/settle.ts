/**
 * After the fault: waits until everything accepted has ended, and settles the account with what the
 * receiver got.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotificationView } from '../../../../lib/notifications/view.ts';
import { type Account, type Arrival, settleAccount } from '../../kit/account.ts';
import type { Ledger } from '../../kit/ledger.ts';
import { hasEnded } from '../../kit/ledger.ts';
import { inParallel } from '../../kit/parallel.ts';
import type { Receiver } from '../../kit/receiver.ts';
import type { Asker } from './counting-client.ts';
import { NOTIFICATIONS } from './traffic.ts';

interface Settled {
  account: Account;
  /** Webhooks that arrived. */
  received: number;
  /** Attempts that were not recorded as sent, by outcome and error. */
  retried: Record<string, number>;
  /** From the call until nothing was open any more. */
  tookMs: number;
}

const AT_ONCE = 8;
const LOOK_MS = 1_000;
/** For what should not arrive any more. */
const REST_MS = 1_500;

interface DeadLetter {
  notification_id?: string;
}

interface SettleOptions {
  asker: Asker;
  ledger: Ledger;
  receiver: Receiver;
  /** What is open after it counts as lost. */
  deadlineMs: number;
}

const retriedOf = (views: readonly NotificationView[]): Record<string, number> => {
  const retried: Record<string, number> = {};
  for (const { outcome, error, http_status } of views.flatMap(({ attempts }) => attempts)) {
    if (outcome === 'sent') continue;
    const what = [outcome, error, http_status].filter((part) => part !== undefined).join(' ');
    retried[what] = (retried[what] ?? 0) + 1;
  }
  return retried;
};

export const settle = async ({ asker, ledger, receiver, deadlineMs }: SettleOptions): Promise<Settled> => {
  const startedAt = performance.now();
  const ids = ledger.entries.flatMap(({ id }) => id ?? []);
  const views = new Map<string, NotificationView>();
  const elapsedMs = (): number => performance.now() - startedAt;
  const read = async (wanted: readonly string[]): Promise<void> => {
    await inParallel(wanted.length, AT_ONCE, async (index) => {
      const id = wanted[index] ?? '';
      const answer = await asker.ask<NotificationView>('GET', `${NOTIFICATIONS}${id}`);
      if (answer?.status === 200) views.set(id, answer.body);
    });
  };
  const open = (): string[] => ids.filter((id) => !hasEnded(views.get(id) ?? { status: 'unknown' }));

  await read(ids);
  while (open().length > 0 && elapsedMs() < deadlineMs) {
    await sleep(LOOK_MS);
    await read(open());
  }
  const tookMs = elapsedMs();
  await sleep(REST_MS);
  // As they are in the end, and not as they were when they were looked at.
  await read(ids);

  const arrivals = new Map<string, Arrival[]>();
  for (const id of ids) {
    const all = receiver.of(id).map(({ at, text }) => ({ channel: 'webhook' as const, at, bytes: text }));
    arrivals.set(id, all);
  }
  const listed = await asker.ask<DeadLetter[]>('GET', '/api/v1/dead-letters/?limit=100');
  const dead = new Set((listed?.body ?? []).flatMap(({ notification_id }) => notification_id ?? []));
  const account = settleAccount(ledger, { views, arrivals, dead });
  const received = [...arrivals.values()].reduce((sum, { length }) => sum + length, 0);
  return { account, received, retried: retriedOf([...views.values()]), tookMs };
};
