/**
 * What protects a receiver, on the real stack: its circuit, its limits, and what a dead worker
 * leaves behind.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { EndpointView } from '../../../lib/endpoints/view.ts';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { metric } from '../kit/aws.ts';
import { until } from '../kit/until.ts';
import { useTestStack } from '../kit/vitest.ts';
import { untilAllEnded } from './careful-caller.ts';
import { killAndRecover } from './crash.ts';

// No stall of the machine is to be a timeout here, and the lease to outlast a kill, a new start and
// one delivery more.
const stack = useTestStack({ env: { CHANNEL_TIMEOUT_MS: '15000', RETRY_SCHEDULE: `0,${'1,'.repeat(20)}2` } });
/** Past every circuit's ten minutes, and the spread of what it put off. */
const NUDGE = 'PT21M';

const makeEndpoint = async (path: string, settings: object = {}): Promise<EndpointView> => {
  const body = { url: stack.receiver.url(path), ...settings };
  const answer = await stack.api<EndpointView>('POST', '/api/v1/endpoints/', body);
  if (answer.status !== 201) throw new Error(`POST /endpoints/: ${answer.status} ${answer.text}`);
  return answer.body;
};
const seen = async ({ id }: EndpointView): Promise<EndpointView> =>
  (await stack.api<EndpointView>('GET', `/api/v1/endpoints/${id}`)).body;

const notify = async ({ id: endpoint_id }: EndpointView, count: number, fromNowMs = 0): Promise<string[]> => {
  const send_at = await stack.at(fromNowMs);
  const body = { notification_type: 'user.signup', entity_id: endpoint_id, endpoint_id, send_at };
  const answers = Array.from({ length: count }, () =>
    stack.api<NotificationView>('POST', '/api/v1/notifications/', body),
  );
  return (await Promise.all(answers)).map((answer) => {
    if (answer.status !== 201) throw new Error(`POST /notifications/: ${answer.status} ${answer.text}`);
    return answer.body.id;
  });
};

test('a receiver that is down is left alone, and gets everything once when it is back', {
  timeout: 240_000,
}, async () => {
  stack.receiver.behave('/down', 503);
  const endpoint = await makeEndpoint('/down');
  const first = await notify(endpoint, 8);
  await until('its circuit is open', async () => (await seen(endpoint)).health.circuit === 'open');
  const tried = stack.receiver.received('/down').length;
  const others = await notify(endpoint, 40);
  const all = [...first, ...others];
  const isPutOff = ({ channels }: NotificationView) => channels.webhook?.last_error === 'circuit_open';
  for (const id of others) await stack.untilIs(id, isPutOff);
  // What was in flight when it opened, and nothing since.
  expect(stack.receiver.received('/down').length - tried).toBeLessThanOrEqual(8);
  expect(await stack.read(others[0] ?? '')).toMatchObject({
    status: 'RETRYING',
    channels: { webhook: { state: 'retrying', attempts: 0 } },
    attempts: [],
  });
  const before = stack.receiver.received('/down').length;
  await stack.advance('PT31S');
  await until('a probe has failed', async () => {
    const { circuit, consecutive_failures } = (await seen(endpoint)).health;
    return circuit === 'open' && consecutive_failures > 5;
  });
  expect(stack.receiver.received('/down').length - before).toBeLessThanOrEqual(2);

  stack.receiver.behave('/down', 200);
  const views = await untilAllEnded(stack, all, { deadlineMs: 120_000, nudge: NUDGE });
  expect(views.map(({ status }) => status)).toEqual(all.map(() => 'SENT'));
  for (const view of views) {
    expect(stack.receiver.of(view.id)).toHaveLength(view.attempts.length);
    expect(view.attempts.filter(({ outcome }) => outcome === 'sent')).toHaveLength(1);
  }
  expect((await seen(endpoint)).health).toMatchObject({ circuit: 'closed', consecutive_failures: 0 });
  expect(await metric(stack, 'event_system_deliveries_deferred_total', 'circuit_open')).toBeGreaterThanOrEqual(40);
});

test('a receiver that answers 410 is disabled, and what waits for it ends as a dead letter', async () => {
  stack.receiver.behave('/gone', 410);
  const endpoint = await makeEndpoint('/gone');
  const [later = ''] = await notify(endpoint, 1, 10 * 60_000);
  const [now = ''] = await notify(endpoint, 1);
  expect(await stack.untilIs(now, 'FAILED')).toMatchObject({ attempts: [{ error: 'http_410' }] });
  await until('it is disabled', async () => (await seen(endpoint)).disabled_reason === 'gone');
  await stack.advance('PT10M');
  const failed = await stack.untilIs(later, 'FAILED');
  expect(failed.channels.webhook).toMatchObject({ state: 'failed', last_error: 'endpoint_disabled' });
  expect(stack.receiver.received('/gone')).toHaveLength(1);
  const letters = async () => (await stack.api<{ id: string }[]>('GET', '/api/v1/dead-letters/?limit=100')).body;
  await until('it is listed', async () => (await letters()).some(({ id }) => id === later));
});

test('a limit of 5 a second is kept, to the millisecond, and costs each delivery one deferral', async () => {
  const endpoint = await makeEndpoint('/slow', { rate_limit: 5 });
  const from = Date.now();
  const ids = await notify(endpoint, 16);
  await untilAllEnded(stack, ids, { deadlineMs: 60_000 });
  const arrivals = stack.receiver.received('/slow').map(({ at }) => at);
  expect(arrivals).toHaveLength(16);
  for (const [n, at] of arrivals.entries()) expect(at - from).toBeGreaterThanOrEqual(n * 200);
  for (const id of ids) expect((await stack.read(id)).version).toBeLessThanOrEqual(5);
});

test('no more than two are ever in flight where two are allowed', async () => {
  const endpoint = await makeEndpoint('/narrow', { max_concurrency: 2 });
  let [inFlight, most] = [0, 0];
  stack.receiver.behave('/narrow', async () => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    await sleep(100);
    inFlight -= 1;
    return 200;
  });
  const ids = await notify(endpoint, 14);
  const views = await untilAllEnded(stack, ids, { deadlineMs: 60_000 });
  expect(views.map(({ status }) => status)).toEqual(ids.map(() => 'SENT'));
  expect(stack.receiver.received('/narrow')).toHaveLength(14);
  expect(most).toBe(2);
});

test('what a killed worker held is free again after its lease', { timeout: 240_000 }, async () => {
  const endpoint = await makeEndpoint('/killed', { max_concurrency: 1 });
  stack.receiver.behave('/killed', 'hang');
  const [held = ''] = await notify(endpoint, 1);
  await until('it is in flight', () => stack.receiver.of(held).length === 1);
  await killAndRecover(stack, 'service');
  stack.receiver.behave('/killed', 200);
  const [next = ''] = await notify(endpoint, 1);
  await stack.untilIs(next, ({ channels }) => channels.webhook?.last_error === 'concurrency_limited');
  const views = await untilAllEnded(stack, [held, next], { deadlineMs: 120_000, nudge: 'PT11M' });
  expect(views.map(({ status }) => status)).toEqual(['SENT', 'SENT']);
  expect(stack.receiver.of(next)).toHaveLength(1);
});
