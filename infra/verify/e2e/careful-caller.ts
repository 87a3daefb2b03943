/** A careful caller: it repeats a request until there is an answer, and reads until everything has ended. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { type Answer, answerIfAny } from '../kit/client.ts';
import { hasEnded } from '../kit/ledger.ts';
import { inParallel } from '../kit/parallel.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';

/** Undefined when there was no answer. */
export const attempt = (stack: TestStack, ...request: Parameters<TestStack['api']>): Promise<Answer | undefined> =>
  answerIfAny(stack.api(...request));

/** The command until it is answered with 200 or 409: a 503, or no answer, says nothing. */
export const untilDefinite = async (
  stack: TestStack,
  method: 'DELETE' | 'PATCH',
  id: string,
  body?: object,
): Promise<200 | 409 | undefined> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const status = (await attempt(stack, method, `/api/v1/notifications/${id}`, body))?.status;
    if (status === 200 || status === 409) return status;
    await sleep(100);
  }
  return undefined;
};

const PAUSE_MS = 150;
const PATIENCE_MS = 60_000;

/**
 * As a careful client does: the same request with the same key until it is answered. Throws on
 * anything but 2xx and 503.
 */
export const insist = async <T>(
  stack: TestStack,
  path: string,
  body: object,
  key: string,
): Promise<{ body: T; statuses: (number | 'no answer')[] }> => {
  const statuses: (number | 'no answer')[] = [];
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const answer = await attempt(stack, 'POST', path, body, { 'idempotency-key': key });
    statuses.push(answer?.status ?? 'no answer');
    if (answer && answer.status < 300) return { body: answer.body as T, statuses };
    if (answer && answer.status !== 503) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    await sleep(PAUSE_MS);
  }
  throw new Error(`POST ${path} was never accepted: ${statuses.join(', ')}`);
};

/** `stack.create` on a machine so busy that the service refuses at times. */
export const createPatiently = async (stack: TestStack, input: object): Promise<NotificationView> => {
  const body = { notification_type: 'user.signup', entity_id: 'user-1', ...input };
  return (await insist<NotificationView>(stack, '/api/v1/notifications/', body, randomUUID())).body;
};

/**
 * Reads all until each has ended. `nudge` moves business time on while some have not: the
 * reconciler's minute and its back-off pass at once, leases still last as long as they do. Answers
 * those that never ended as they are at the deadline.
 */
export const untilAllEnded = async <T extends { id: string; status: string } = NotificationView>(
  stack: TestStack,
  ids: string[],
  options: { deadlineMs: number; nudge?: string; path?: string },
): Promise<T[]> => {
  const { path = '/api/v1/notifications/', nudge } = options;
  const last = new Map<string, T>();
  const isOpen = (id: string): boolean => {
    const known = last.get(id);
    return !known || !hasEnded(known);
  };
  const look = async (): Promise<boolean> => {
    const open = ids.filter(isOpen);
    await inParallel(open.length, 10, async (index) => {
      const answer = await attempt(stack, 'GET', `${path}${open[index]}`);
      if (answer?.status === 200) last.set(String(open[index]), answer.body as unknown as T);
    });
    if (!ids.some(isOpen)) return true;
    // A process may be away just now: the next round moves the clock.
    if (nudge) await stack.advance(nudge).catch(() => undefined);
    return false;
  };
  await until('all have ended', look, { deadlineMs: options.deadlineMs, everyMs: nudge ? 1_500 : 400 }).catch(
    () => undefined,
  );
  return ids.flatMap((id) => last.get(id) ?? []);
};
