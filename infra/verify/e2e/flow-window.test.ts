/** Windows and expiry on the real stack, by its virtual clock. */
import { expect, test } from 'vitest';
import { DAY_MS } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { useTestStack } from '../kit/vitest.ts';

const stack = useTestStack();
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const LETTERS = '/api/v1/dead-letters/';

/** The time of day in UTC, this many ms from now. */
const timeOfDay = async (fromNowMs: number): Promise<string> => (await stack.at(fromNowMs)).slice(11, 16);

test('an advance through two windows: deferred to the first, tried again inside it, then in the second', async () => {
  const answers = [503, 503, 503, 200];
  stack.receiver.behave('/busy', () => answers.shift() ?? 200);
  const window = { from: await timeOfDay(2 * HOUR_MS), until: await timeOfDay(2 * HOUR_MS + 10 * MINUTE_MS) };
  const made = await stack.create({ webhook_url: stack.receiver.url('/busy'), window });
  const opens = Date.parse(made.deferred_to ?? '');
  expect(made).toMatchObject({ window, deferred_by: 'window', channels: { webhook: { last_error: 'window' } } });
  expect(new Date(opens).toISOString().slice(11)).toBe(`${window.from}:00.000Z`);

  await stack.pass('PT12H');
  const between = await stack.read(made.id);
  expect(between).toMatchObject({ status: 'RETRYING', deferred_to: new Date(opens + DAY_MS).toISOString() });
  await stack.pass('P1D');
  const sent = await stack.untilIs(made.id, 'SENT');

  const startedAt = sent.attempts.map(({ started_at }) => Date.parse(started_at) - opens);
  expect(sent.attempts.map(({ outcome }) => outcome)).toEqual(['retry', 'retry', 'retry', 'sent']);
  for (const ms of startedAt.slice(0, 3)) expect(ms >= 0 && ms < 10 * MINUTE_MS, `${startedAt}`).toBe(true);
  const last = (startedAt[3] ?? 0) - DAY_MS;
  expect(last >= 0 && last < 10 * MINUTE_MS, `${startedAt}`).toBe(true);
  for (const { lateness_ms } of sent.attempts) expect(lateness_ms).toBeLessThan(MINUTE_MS);
});

test('a jump over its expiry ends it without an attempt: listed as dead, refused to commands, skipped by a redrive', async () => {
  const notification_type = 'one.time.code';
  const input = { send_at: await stack.at(DAY_MS), expires_after: 'PT1H', body: 'x', notification_type };
  const { id } = await stack.create({ ...input, webhook_url: stack.receiver.url('/code') });
  await stack.untilIs(id, 'SCHEDULED');
  await stack.advance('P2D');
  const failed = await stack.untilIs(id, 'FAILED');
  expect(failed).toMatchObject({ status_reason: 'expired', attempts: [], channels: { webhook: { state: 'failed' } } });
  for (const [method, path] of [
    ['DELETE', ''],
    ['POST', '/retry'],
  ] as const) {
    const { status, body } = await stack.api(method, `/api/v1/notifications/${id}${path}`);
    expect([status, body.code]).toEqual([409, 'already-ended']);
  }
  const filter = { notification_type };
  const [letter] = await until('it is listed', async () => {
    const { body } = await stack.api<{ reason: string }[]>('GET', `${LETTERS}?notification_type=${notification_type}`);
    return body.length > 0 && body;
  });
  expect(letter).toMatchObject({ notification_id: id, reason: 'expired', attempts: 0 });
  const ordered = await stack.api<{ job_id: string }>('POST', `${LETTERS}redrive`, filter);
  const job = await until('the job is done', async () => {
    const { body } = await stack.api('GET', `${LETTERS}redrive/${ordered.body.job_id}`);
    return body.status === 'DONE' && body;
  });
  expect(job).toMatchObject({ matched: 1, redriven: 0, skipped: 1, failed: 0 });
  expect(stack.receiver.of(id)).toEqual([]);
});
