/**
 * After the fault: waits until everything has ended, moving business time on where that is what is
 * waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import type { Arrival, Findings } from '../kit/account.ts';
import type { Entry } from '../kit/ledger.ts';
import { hasEnded } from '../kit/ledger.ts';
import { inParallel } from '../kit/parallel.ts';
import { ask } from './ask.ts';
import type { ChaosStack } from './stack.ts';

/**
 * What was due when the fault ended is delivered: after so much real time, and so much business
 * time that was moved.
 */
export interface Recovery {
  realMs: number;
  movedMs: number;
}

const MINUTE_MS = 60_000;
const LOOK_MS = 500;
/** First it recovers by itself for a while; then the reconciler's minutes and back-offs pass, one a look. */
const BY_ITSELF_MS = 5_000;
const NUDGE_EVERY_MS = 1_500;
const NUDGES_OF_A_MINUTE = 10;
/** More than the reconciler's longest back-off. */
const LONG_NUDGE_MS = 11 * MINUTE_MS;
/** For what should not arrive any more. */
const SETTLE_MS = 1_500;
const PARALLEL = 4;

interface EventView {
  id: string;
  status: string;
  notifications?: string[];
}

/** GET at whichever service answers; undefined when none does. */
const read = async <T>(stack: ChaosStack, path: string): Promise<T | undefined> => {
  for (const api of stack.apis) {
    const reply = await ask<T>(`${api}${path}`, 'GET');
    if (reply?.status === 200) return reply.body;
  }
  return undefined;
};

const readNotification = (stack: ChaosStack, id: string): Promise<NotificationView | undefined> =>
  read(stack, `/api/v1/notifications/${id}`);

/** An event is followed to the one notification that it caused. */
const readEntry = async (stack: ChaosStack, { id, kind }: Entry): Promise<NotificationView | undefined> => {
  if (id === undefined) return undefined;
  if (kind === 'notification') return readNotification(stack, id);
  const event = await read<EventView>(stack, `/api/v1/events/${id}`);
  const [caused] = event?.notifications ?? [];
  return caused === undefined ? undefined : readNotification(stack, caused);
};

interface Recovered {
  views: Map<string, NotificationView>;
  /** Undefined when what was due then never ended. */
  recovery: Recovery | undefined;
}

export const awaitRecovery = async (
  stack: ChaosStack,
  entries: readonly Entry[],
  options: { endedAt: number; deadlineMs: number },
): Promise<Recovered> => {
  const views = new Map<string, NotificationView>();
  const accepted = entries.filter(({ id }) => id !== undefined);
  const movedBefore = stack.movedMs();
  const backlogUntil = stack.now();
  const isOpen = ({ id = '' }: Entry): boolean => !hasEnded(views.get(id) ?? { status: 'unknown' });
  const elapsedMs = (): number => performance.now() - options.endedAt;
  let recovery: Recovery | undefined;
  let nudges = 0;

  const look = async (): Promise<Entry[]> => {
    const open = accepted.filter(isOpen);
    await inParallel(open.length, PARALLEL, async (index) => {
      const entry = open[index] as Entry;
      const view = await readEntry(stack, entry);
      if (view && entry.id !== undefined) views.set(entry.id, view);
    });
    return accepted.filter(isOpen);
  };

  const nudge = async (isBacklog: boolean): Promise<void> => {
    const byMs = isBacklog && nudges < NUDGES_OF_A_MINUTE ? MINUTE_MS : LONG_NUDGE_MS;
    // The local AWS may be away just now: the next look tries again.
    if (await stack.advance(byMs)) nudges += 1;
  };

  /** Looking must not take more than half of what a busy machine can do. */
  const pause = (tookMs: number): Promise<void> => sleep(Math.max(LOOK_MS, tookMs));

  let lastNudge = performance.now();
  let lookedAt = performance.now();
  for (let open = await look(); open.length > 0 && elapsedMs() < options.deadlineMs; open = await look()) {
    const tookMs = performance.now() - lookedAt;
    const isBacklog = open.some(({ dueAt }) => dueAt <= backlogUntil);
    if (!isBacklog) recovery ??= { realMs: elapsedMs(), movedMs: stack.movedMs() - movedBefore };
    if ((!isBacklog || elapsedMs() > BY_ITSELF_MS) && performance.now() - lastNudge > NUDGE_EVERY_MS) {
      await nudge(isBacklog);
      lastNudge = performance.now();
    }
    await pause(tookMs);
    lookedAt = performance.now();
  }
  if (!accepted.some(isOpen)) recovery ??= { realMs: elapsedMs(), movedMs: stack.movedMs() - movedBefore };
  return { views, recovery };
};

const inboxOf = async (stack: ChaosStack, id: string): Promise<Arrival[]> =>
  (await stack.inbox(id)).map(({ channel, received_at }) => ({ channel, at: Date.parse(received_at) }));

/** Every notification once more as it is after a while, and all that arrived of it. */
export const find = async (
  stack: ChaosStack,
  entries: readonly Entry[],
  views: Recovered['views'],
): Promise<Findings> => {
  await sleep(SETTLE_MS);
  const arrivals = new Map<string, Arrival[]>();
  for (const { id, at, text } of stack.receiver.received())
    arrivals.set(id, [...(arrivals.get(id) ?? []), { channel: 'webhook', at: stack.businessAt(at), bytes: text }]);
  const known = entries.filter(({ id }) => id !== undefined && views.has(id));
  await inParallel(known.length, PARALLEL, async (index) => {
    const { id: entryId = '', channels } = known[index] as Entry;
    const id = views.get(entryId)?.id ?? '';
    const view = await readNotification(stack, id);
    if (view) views.set(entryId, view);
    else views.delete(entryId);
    if (channels.length > 1) arrivals.set(id, [...(arrivals.get(id) ?? []), ...(await inboxOf(stack, id))]);
  });
  const dead = new Set<string>();
  if ([...views.values()].some(({ status }) => status === 'FAILED'))
    for (const one of (await read<{ notification_id?: string }[]>(stack, '/api/v1/dead-letters/?limit=100')) ?? [])
      if (one.notification_id !== undefined) dead.add(one.notification_id);
  return { views, arrivals, dead };
};
