/**
 * What happens when a receiver fails: the schedule through its hours, Retry-After, each channel for
 * itself, the end and the way back.
 */
import { expect, test } from 'vitest';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { until } from '../kit/until.ts';
import { useTestStack } from '../kit/vitest.ts';

/** Shorter than the default of 15 s, so that the receiver that never answers does not take as long. */
const stack = useTestStack({ env: { CHANNEL_TIMEOUT_MS: '2500' } });
const PATH = '/api/v1/notifications/';
const SECOND_MS = 1_000;
/** The default schedule after the first attempt, in seconds. */
const DELAYS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

interface Letter {
  id: string;
  kind: string;
  reason: string;
  attempts: number;
  notification_id?: string;
  redriven_at?: string;
}
interface Job {
  job_id: string;
  status: string;
  matched: number;
  redriven: number;
  skipped: number;
  failed: number;
}

const letters = async (query: string): Promise<Letter[]> =>
  (await stack.api<Letter[]>('GET', `/api/v1/dead-letters/?${query}`)).body;
const nextAt = ({ channels }: NotificationView): number => Date.parse(channels.webhook?.next_attempt_at ?? '');
const attemptsAre = (count: number) => (n: NotificationView) => n.attempts.length === count && n.status !== 'SENDING';
/** Advances to the next attempt and awaits it. */
const step = async (n: NotificationView): Promise<NotificationView> => {
  await stack.advanceTo(nextAt(n));
  return stack.untilIs(n.id, attemptsAre(n.attempts.length + 1));
};
const untilFailed = async (n: NotificationView): Promise<NotificationView> => {
  let now = await stack.untilIs(n.id, attemptsAre(1));
  while (now.status === 'RETRYING') now = await step(now);
  return now;
};
const redriven = (order: Record<string, unknown>): Promise<Job> =>
  stack.api<Job>('POST', '/api/v1/dead-letters/redrive', order).then(({ status, body }) => {
    expect(status).toBe(202);
    return until('the job is done', async () => {
      const { body: job } = await stack.api<Job>('GET', `/api/v1/dead-letters/redrive/${body.job_id}`);
      return job.status === 'DONE' && job;
    });
  });

test('ten attempts through the schedule, then FAILED and listed; a redrive sends it, with the same id and bytes', async () => {
  stack.receiver.behave('/down', 503);
  const { id } = await stack.create({
    notification_type: 'payment.failed',
    webhook_url: stack.receiver.url('/down'),
    data: { n: 1 },
  });
  const failed = await untilFailed(await stack.read(id));
  expect(failed).toMatchObject({
    status: 'FAILED',
    channels: { webhook: { state: 'failed', attempts: 10, last_error: 'http_503' } },
  });
  expect(failed.attempts.map(({ number, outcome, http_status }) => [number, outcome, http_status])).toEqual(
    Array.from({ length: 10 }, (_, at) => [at + 1, 'retry', 503]),
  );
  const gaps = failed.attempts.slice(1).map((attempt, at) => {
    const waitedMs =
      Date.parse(attempt.started_at) - attempt.lateness_ms - Date.parse(failed.attempts[at]?.finished_at ?? '');
    return waitedMs / SECOND_MS / (DELAYS[at] ?? Number.NaN);
  });
  for (const gap of gaps) expect(Math.abs(gap - 1), `${gaps}`).toBeLessThanOrEqual(0.11);

  const [letter] = await letters('kind=delivery&notification_type=payment.failed');
  expect(letter).toMatchObject({ id, notification_id: id, reason: 'http_503', attempts: 10 });
  await stack.advance('P2D');
  expect(stack.receiver.of(id)).toHaveLength(10);

  stack.receiver.behave('/down', 200);
  const dry = await stack.api('POST', '/api/v1/dead-letters/redrive', {
    notification_type: 'payment.failed',
    dry_run: true,
  });
  expect(dry.body).toEqual({ matched: 1 });
  expect(await redriven({ notification_type: 'payment.failed' })).toMatchObject({
    matched: 1,
    redriven: 1,
    skipped: 0,
    failed: 0,
  });
  const sent = await stack.untilIs(id, 'SENT');
  expect(sent.channels.webhook).toMatchObject({ state: 'sent', attempts: 11 });
  expect(await letters('notification_type=payment.failed')).toEqual([]);

  const received = stack.receiver.of(id);
  expect(received).toHaveLength(11);
  expect(new Set(received.map(({ text }) => text)).size).toBe(1);
  expect(received.every(({ verified }) => verified.every(Boolean))).toBe(true);
});

test('Retry-After is kept to the second, and holds only the channel that was retrying', async () => {
  stack.receiver.behave('/later', { status: 429, headers: { 'retry-after': '3600' } });
  const { id } = await stack.create({
    webhook_url: stack.receiver.url('/later'),
    email: 'a@example.com',
    phone: '+14155550123',
  });
  const retrying = await stack.untilIs(id, 'RETRYING');
  const first = retrying.attempts.find(({ channel }) => channel === 'webhook');
  expect(nextAt(retrying) - Date.parse(first?.finished_at ?? '')).toBeGreaterThanOrEqual(3_600 * SECOND_MS - 50);
  expect(nextAt(retrying) - Date.parse(first?.finished_at ?? '')).toBeLessThan(3_601 * SECOND_MS);
  expect([retrying.channels.email?.state, retrying.channels.sms?.state]).toEqual(['sent', 'sent']);
  await stack.advance('PT59M');
  expect((await stack.read(id)).attempts).toHaveLength(3);
  stack.receiver.behave('/later', 200);
  await stack.advanceTo(nextAt(retrying));
  const sent = await stack.untilIs(id, 'SENT');
  expect(sent.attempts.map(({ channel }) => channel).sort()).toEqual(['email', 'sms', 'webhook', 'webhook']);
  const inbox = (await stack.processes.inbox()).filter(({ notification_id }) => notification_id === id);
  expect(inbox.map(({ channel }) => channel).sort()).toEqual(['email', 'sms']);
});

test('stopped while retrying: FAILED, no attempt ever after, no dead letter, nothing to retry', async () => {
  stack.receiver.behave('/stop', 500);
  const { id } = await stack.create({ webhook_url: stack.receiver.url('/stop'), email: 'a@example.com' });
  await stack.untilIs(id, 'RETRYING');
  const stopped = await stack.api<NotificationView>('POST', `${PATH}${id}/stop`);
  expect([stopped.status, stopped.body.status]).toEqual([200, 'FAILED']);
  expect(stopped.body.channels).toMatchObject({ email: { state: 'sent' }, webhook: { state: 'stopped', attempts: 1 } });
  await stack.advance('P3D');
  expect((await stack.read(id)).attempts).toHaveLength(2);
  expect(stack.receiver.of(id)).toHaveLength(1);
  expect((await letters('limit=100')).map((letter) => letter.id)).not.toContain(id);
  expect((await stack.api('POST', `${PATH}${id}/retry`)).status).toBe(409);
});

test.concurrent.each<[string, 'hang' | 'drop' | number, string]>([
  ['that never answers', 'hang', 'retry'],
  ['that cuts the connection', 'drop', 'retry'],
  ['that redirects', 302, 'failed'],
  ['that redirects and keeps the method', 308, 'retry'],
  ['that says it is gone', 410, 'failed'],
])('a receiver %s: one attempt, outcome said', async (_name, behaviour, outcome) => {
  const path = `/once-${behaviour}`;
  stack.receiver.behave(path, behaviour);
  const { id } = await stack.create({ webhook_url: stack.receiver.url(path) });
  const after = await stack.untilIs(id, attemptsAre(1));
  expect([after.status, after.attempts[0]?.outcome]).toEqual([outcome === 'failed' ? 'FAILED' : 'RETRYING', outcome]);
  expect(after.attempts[0]?.error).toMatch(/^[a-z0-9_]+$/);
  if (outcome === 'retry') await stack.api('POST', `${PATH}${id}/stop`);
});

test('retry by hand starts the schedule again for the failed channel alone, and may fail again', async () => {
  stack.receiver.behave('/again', 410);
  const { id } = await stack.create({ webhook_url: stack.receiver.url('/again'), email: 'a@example.com' });
  await stack.untilIs(id, 'FAILED');
  const [before] = (await letters('limit=100')).filter((letter) => letter.id === id);
  expect((await stack.api('POST', `${PATH}${id}/retry`)).status).toBe(202);
  const failed = await stack.untilIs(id, (n) => n.status === 'FAILED' && n.attempts.length === 3);
  expect(failed.channels).toMatchObject({
    email: { state: 'sent', attempts: 1 },
    webhook: { state: 'failed', attempts: 2 },
  });
  stack.receiver.behave('/again', 503);
  await stack.api('POST', `${PATH}${id}/retry`);
  const retrying = await stack.untilIs(id, (n) => n.status === 'RETRYING' && n.attempts.length === 4);
  stack.receiver.behave('/again', 200);
  expect((await step(retrying)).status).toBe('SENT');
  expect(before).toMatchObject({ kind: 'delivery', reason: 'http_410', attempts: 1 });
});

test('a redrive takes each once, at the given rate, and only what its filters say', async () => {
  stack.receiver.behave('/many', 410);
  const make = (entity: number) =>
    stack.create({
      notification_type: entity % 2 ? 'odd.type' : 'even.type',
      entity_id: `${entity}`,
      webhook_url: stack.receiver.url('/many'),
    });
  const made = await Promise.all(Array.from({ length: 12 }, (_, at) => make(at)));
  await Promise.all(made.map(({ id }) => stack.untilIs(id, 'FAILED')));
  await until('the index has them all', async () => (await letters('notification_type=odd.type')).length === 6);
  stack.receiver.behave('/many', 204);
  expect(await redriven({ notification_type: 'odd.type', per_second: 100 })).toMatchObject({ matched: 6, redriven: 6 });
  const odd = made.filter(({ notification_type }) => notification_type === 'odd.type');
  await Promise.all(odd.map(({ id }) => stack.untilIs(id, 'SENT')));
  for (const { id } of made) {
    expect(stack.receiver.of(id)).toHaveLength(odd.some((one) => one.id === id) ? 2 : 1);
  }
  expect(await letters('notification_type=even.type')).toHaveLength(6);
});
