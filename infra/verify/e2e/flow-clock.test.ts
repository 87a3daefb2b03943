/** An advance of the virtual clock that passes through what is due on the way, as if the time had gone by. */
import { expect, test } from 'vitest';
import type { PendingEntry } from '../../../localstack/inbox/pending.ts';
import { metric } from '../kit/aws.ts';
import { request } from '../kit/client.ts';
import { DAY_MS } from '../kit/test-stack.ts';
import { useTestStack } from '../kit/vitest.ts';

const stack = useTestStack();
const MINUTE_MS = 60_000;
const LATENESS = 'event_system_delivery_lateness_seconds_count';
const scheduled = async (input: Record<string, unknown>) => stack.untilIs((await stack.create(input)).id, 'SCHEDULED');

test('what is due within an advance is sent in order, at its time, and its lateness counts', async () => {
  const third = await scheduled({ send_at: await stack.at(3 * DAY_MS) });
  const second = await scheduled({ send_at: await stack.at(DAY_MS + 250) });
  const first = await stack.create({ send_at: await stack.at(10 * MINUTE_MS) });
  const last = await scheduled({ send_at: await stack.at(3 * DAY_MS + 300) });
  const order = [first, second, third, last];
  const pending = await request<PendingEntry[]>(`${stack.processes.awsUrl}/_local/pending`, 'GET');
  expect(pending.body.map(({ id }) => id)).toEqual(order.map(({ id }) => id));
  expect(pending.body[1]).toMatchObject({
    ...{ notification_type: 'user.signup', status: 'SCHEDULED', due_at: second.send_at },
    channels: [{ channel: 'email', state: 'pending', to: 'user@example.com' }],
  });
  const counted = await metric(stack, LATENESS);

  await stack.pass('P7D');

  const inbox = (await stack.processes.inbox()).reverse();
  expect(inbox.map(({ notification_id }) => notification_id)).toEqual(order.map(({ id }) => id));
  for (const [index, { received_at, lateness_ms }] of inbox.entries()) {
    const due = Date.parse(order[index]?.send_at ?? '');
    expect(Date.parse(received_at) - due, 'by the virtual clock').toBe(lateness_ms);
    expect(lateness_ms).toBeGreaterThanOrEqual(0);
    expect(lateness_ms).toBeLessThan(MINUTE_MS);
  }
  expect(await metric(stack, LATENESS)).toBe(counted + order.length);
});

test('a receiver that fails is tried again at each time of its retry schedule', async () => {
  const answers = [503, 503, 503, 200];
  stack.receiver.behave('/fails', () => answers.shift() ?? 200);
  const { id, send_at } = await scheduled({
    send_at: await stack.at(2 * DAY_MS),
    webhook_url: stack.receiver.url('/fails'),
  });
  await stack.pass('P4D');
  const { status, attempts } = await stack.read(id);
  expect([status, attempts.map(({ outcome }) => outcome)]).toEqual(['SENT', ['retry', 'retry', 'retry', 'sent']]);
  const startedAt = attempts.map(({ started_at }) => Date.parse(started_at));
  const waitedMs = startedAt.map((time, index) => time - (startedAt[index - 1] ?? Date.parse(send_at)));
  // 0 s, 5 s, 5 min and 30 min with 10 % of jitter, and what a busy machine adds.
  for (const [index, ms] of [0, 5_000, 300_000, 1_800_000].entries()) {
    expect(waitedMs[index]).toBeGreaterThanOrEqual(ms * 0.89);
    expect(waitedMs[index]).toBeLessThan(ms * 1.11 + 30_000);
  }
});

test('a jump makes everything due at once: late by the jump, which is shown and does not count', async () => {
  const { id } = await scheduled({ send_at: await stack.at(DAY_MS) });
  const counted = await metric(stack, LATENESS);
  await stack.advance('P3D');
  const { attempts } = await stack.untilIs(id, 'SENT');
  expect(attempts[0]?.lateness_ms).toBeGreaterThan(DAY_MS);
  expect(await metric(stack, LATENESS)).toBe(counted);
});

test('the next start says how far the clock is ahead', async () => {
  await stack.restart();
  expect(stack.processes.output()).toMatch(/The virtual clock is 14 days .*ahead of real time/);
});
