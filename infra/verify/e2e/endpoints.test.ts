/**
 * A webhook endpoint's life on the real stack: its keys, its test, what it does not get while it is
 * disabled, and the way back.
 */
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { verifiesV1a } from '../../../lib/channels/webhook/webhook.testing.ts';
import type { EndpointView } from '../../../lib/endpoints/view.ts';
import { makeConformance, type OpenApiDocument } from '../kit/openapi-conformance.ts';
import type { Received } from '../kit/receiver.ts';
import { until } from '../kit/until.ts';
import { useTestStack } from '../kit/vitest.ts';

const conformance = makeConformance();
const stack = useTestStack({ onAnswer: conformance.onAnswer });
const PATH = '/api/v1/endpoints/';

const create = async (path: string, settings: object = {}): Promise<EndpointView & { secret: string }> => {
  const { status, body } = await stack.api('POST', PATH, { url: stack.receiver.url(path), ...settings });
  expect(status).toBe(201);
  return body as never;
};
const act = async <T = EndpointView>({ id }: { id: string }, action: string, body?: object): Promise<T> => {
  const answer = await stack.api<T>('POST', `${PATH}${id}/${action}`, body);
  expect(answer.status).toBe(200);
  return answer.body;
};
const onlyAt = (path: string): Received => {
  const all = stack.receiver.received(path);
  expect(all).toHaveLength(1);
  return all[0] as Received;
};
const verifies = ({ text, headers }: Received, secret: string): boolean => {
  try {
    return Boolean(new Webhook(secret).verify(text, headers as never));
  } catch {
    return false;
  }
};
const signedBy = (received: Received, publicKey: string): boolean => {
  const { id, timestamp, text, headers } = received;
  return verifiesV1a(publicKey, `${id}.${timestamp}.${text}`, String(headers['webhook-signature']));
};
const dead = async (endpoint: { id: string }) =>
  (await stack.api<Record<string, unknown>[]>('GET', `/api/v1/dead-letters/?endpoint_id=${endpoint.id}`)).body;

test('while its keys rotate old and new verify, afterwards the new alone; its own headers go along, and no other secret signs', async () => {
  const before = await create('/rotating', { headers: { Authorization: 'Bearer b' } });
  const after = await act<EndpointView & { secret: string }>(before, 'rotate-secret');
  const first = await stack.create({ endpoint_id: before.id });
  expect(first).toMatchObject({ endpoint_id: before.id });
  await stack.untilIs(first.id, 'SENT');
  const during = onlyAt('/rotating');
  expect(during.headers).toMatchObject({ authorization: 'Bearer b', 'webhook-id': first.id });
  expect([before, after].map(({ secret }) => verifies(during, secret))).toEqual([true, true]);
  expect([before, after].map(({ public_key }) => signedBy(during, public_key))).toEqual([true, true]);
  expect(during.verified).toEqual([false, false]);

  await stack.advance('P1DT1S');
  const second = await stack.create({ endpoint_id: before.id });
  await stack.untilIs(second.id, 'SENT');
  const [then] = stack.receiver.of(second.id) as [Received];
  expect([before, after].map(({ secret }) => verifies(then, secret))).toEqual([false, true]);
  expect([before, after].map(({ public_key }) => signedBy(then, public_key))).toEqual([false, true]);
});

test('a test says what came back, and is signed as a delivery is', async () => {
  stack.receiver.behave('/tested', 503);
  const endpoint = await create('/tested');
  const result = await act<Record<string, unknown>>(endpoint, 'test');
  expect(result).toEqual({ outcome: 'retry', http_status: 503, error: 'http_503', duration_ms: expect.any(Number) });
  const received = onlyAt('/tested');
  expect(verifies(received, endpoint.secret)).toBe(true);
  expect(received.json).toMatchObject({ type: 'endpoint.test', data: { endpoint_id: endpoint.id } });
  const { body } = await stack.api<EndpointView>('GET', `${PATH}${endpoint.id}`);
  expect(body.health).toEqual({ circuit: 'closed', consecutive_failures: 0 });
});

test('what it was to get while disabled is dead, listed and why; enabling it with a replay brings that back, once, and nothing else', async () => {
  const [endpoint, other] = [await create('/off'), await create('/other-off')];
  for (const one of [endpoint, other]) await act(one, 'disable');
  const [mine, others] = [
    await stack.create({ endpoint_id: endpoint.id, email: 'user@example.com' }),
    await stack.create({ endpoint_id: other.id }),
  ];
  for (const { id } of [mine, others]) await stack.untilIs(id, 'FAILED');
  expect(await dead(endpoint)).toMatchObject([
    { notification_id: mine.id, endpoint_id: endpoint.id, reason: 'endpoint_disabled' },
  ]);

  const { replay_job_id: job, state } = await act(endpoint, 'enable', { replay: true });
  expect(state).toBe('enabled');
  await stack.advance('PT30S');
  const sent = await stack.untilIs(mine.id, 'SENT');
  expect(sent.attempts.filter(({ channel }) => channel === 'email')).toHaveLength(1);
  expect(verifies(onlyAt('/off'), endpoint.secret)).toBe(true);
  const done = await until('the replay is done', async () => {
    const { body } = await stack.api('GET', `/api/v1/dead-letters/redrive/${job}`);
    return body.status === 'DONE' && body;
  });
  expect(done).toMatchObject({ matched: 1, redriven: 1, skipped: 0, failed: 0 });
  expect(await dead(endpoint)).toEqual([]);
  expect((await stack.read(others.id)).status).toBe('FAILED');
  expect(stack.receiver.received('/other-off')).toEqual([]);
});

test('an event names it too; one that answers 410 is disabled, and says so', async () => {
  stack.receiver.behave('/gone', 410);
  const endpoint = await create('/gone');
  const { body } = await stack.api('POST', '/api/v1/events/', {
    type: 'user.signup',
    payload: { user_id: 7, endpoint_id: endpoint.id },
  });
  const id = await until('its notification is there', async () => {
    const event = await stack.api<{ notifications: string[] }>('GET', `/api/v1/events/${body.id}`);
    return event.body.notifications[0];
  });
  const failed = await stack.untilIs(id, 'FAILED');
  expect(failed).toMatchObject({ endpoint_id: endpoint.id, channels: { webhook: { last_error: 'http_410' } } });
  const seen = await until('it is disabled', async () => {
    const answer = await stack.api<EndpointView>('GET', `${PATH}${endpoint.id}`);
    return answer.body.state === 'disabled' && answer.body;
  });
  expect(seen.disabled_reason).toBe('gone');
});

test('what names one that is deleted ends at its next attempt, unsent', async () => {
  const endpoint = await create('/deleted');
  const { id } = await stack.create({ endpoint_id: endpoint.id, send_at: await stack.at(60_000) });
  expect((await stack.api('DELETE', `${PATH}${endpoint.id}`)).status).toBe(204);
  expect((await stack.api('GET', `${PATH}${endpoint.id}`)).status).toBe(404);
  await stack.advance('PT1M');
  const failed = await stack.untilIs(id, 'FAILED');
  expect(failed.channels.webhook).toMatchObject({ state: 'failed', last_error: 'endpoint_deleted' });
  expect(stack.receiver.received('/deleted')).toEqual([]);
});

test('every answer is as /openapi.json says', async () => {
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  expect(conformance.differences(body)).toEqual([]);
});
