/**
 * A bulk cancel on the real processes, among creates, claims, retries and events in processing: once it is
 * DONE nothing of what it promised arrives, and its counts add up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { EventView } from '../../../lib/events/event.ts';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import type { BulkJob } from '../conformance/shapes.ts';
import { inParallel } from '../kit/parallel.ts';
import { until } from '../kit/until.ts';
import { useTestStack } from '../kit/vitest.ts';

const stack = useTestStack();
const MEMBERS = 200;
const EVENTS = 60;
const GROUP = 'order-1';
/** The members become due while the command runs, and after it. */
const DUE_WITHIN_MS = 30_000;

interface Result {
  id: string;
  outcome: 'changed' | 'too_late' | 'not_applicable' | 'failed';
}

const createMember = async (nth: number): Promise<NotificationView> => {
  const send_at = await stack.at(((nth * 7_919) % DUE_WITHIN_MS) + 1);
  const webhook_url = stack.receiver.url(nth % 10 === 0 ? '/gone' : '/ok');
  return stack.create({ group: GROUP, entity_id: `user-${nth}`, send_at, webhook_url });
};
const publish = async (nth: number): Promise<EventView> => {
  const text = { subject: 'Your order', body: 'It is on its way.' };
  const target_date = await stack.at(60_000);
  const payload = {
    entity_id: `user-${nth}`,
    group: GROUP,
    webhook_url: stack.receiver.url('/ok'),
    target_date,
    ...text,
  };
  const { status, body } = await stack.api<EventView>('POST', '/api/v1/events/', { type: 'custom', payload });
  expect(status).toBe(201);
  return body;
};
const causedBy = ({ id }: EventView): Promise<string[]> =>
  until(`${id} is processed`, async () => {
    const { body } = await stack.api<EventView>('GET', `/api/v1/events/${id}`);
    return body.status === 'PROCESSED' && (body.notifications ?? []);
  });

/** Each failed one again and again: what is claimed goes on, what is canceled stays so. */
const retryAll = async (ids: readonly string[], isOver: () => boolean): Promise<void> => {
  while (!isOver()) {
    for (const id of ids) await stack.api('POST', `/api/v1/notifications/${id}/retry`);
    await sleep(500);
  }
};
const resultsOf = async (path: string): Promise<Result[]> => {
  const { body, headers } = await stack.api<Result[]>('GET', path);
  const next = /<([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
  return next === undefined ? body : [...body, ...(await resultsOf(next))];
};

test('a bulk cancel in the middle of everything keeps its promise', { timeout: 180_000 }, async () => {
  stack.receiver.behave('/gone', 410);
  const members = await inParallel(MEMBERS, 16, createMember);
  let isDone = false;
  const retried = members.filter((_, nth) => nth % 10 === 0).map(({ id }) => id);
  const retrying = retryAll(retried, () => isDone);
  const events = await inParallel(EVENTS, 16, publish);
  const { status, body: ordered } = await stack.api<BulkJob>('POST', '/api/v1/notifications/cancel', { group: GROUP });
  expect(status).toBe(202);
  const later = await inParallel(20, 8, () =>
    stack.create({ group: GROUP, entity_id: 'later', webhook_url: stack.receiver.url('/ok') }),
  );
  const job = await until('the job is done', async () => {
    const { body } = await stack.api<BulkJob>('GET', `/api/v1/jobs/${ordered.job_id}`);
    return body.status === 'DONE' && body;
  });
  isDone = true;
  await retrying;

  const promised = [...members.map(({ id }) => id), ...(await Promise.all(events.map(causedBy))).flat()];
  expect(promised).toHaveLength(MEMBERS + EVENTS);
  for (const id of promised) {
    const { status: state, attempts } = await stack.read(id);
    if (state === 'CANCELED') expect([attempts, stack.receiver.of(id)]).toEqual([[], []]);
    else expect(['SENDING', 'RETRYING', 'SENT', 'FAILED'], `${id} is ${state}`).toContain(state);
  }
  await stack.advance('PT5M');
  for (const { id } of later) await stack.untilIs(id, 'SENT');
  const canceled = (await Promise.all(promised.map(stack.read))).filter((one) => one.status === 'CANCELED');
  expect(canceled.length).toBeGreaterThan(MEMBERS / 2);
  for (const { id } of canceled) expect(stack.receiver.of(id)).toEqual([]);

  const results = await resultsOf(`/api/v1/jobs/${job.job_id}/results`);
  expect(new Set(results.map(({ id }) => id)).size).toBe(job.matched);
  for (const outcome of ['changed', 'too_late', 'not_applicable', 'failed'] as const)
    expect(results.filter((one) => one.outcome === outcome)).toHaveLength(job[outcome]);
  expect(job.changed + job.too_late + job.not_applicable + job.failed).toBe(job.matched);
});
