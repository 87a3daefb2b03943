import { setImmediate as nextTurn } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import type { Channel } from '../channels/channel.ts';
import { makeDestinationOf } from '../channels/destinations.ts';
import { makeWebhookChannel } from '../channels/webhook/send.ts';
import { answering, closeAll, config, receiver } from '../channels/webhook/webhook.testing.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { systemClock } from '../platform/clock.ts';
import { recipientPatterns, redirects } from '../schema/recipient-rules.ts';
import { makeKeys } from '../schema/signing-keys.ts';
import { makeEndpoint } from '../testing/endpoint.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { makeEndpointTestService } from './send-test.ts';

afterEach(closeAll);

const setUp = async (
  changes: Partial<Endpoint>,
  { timeoutMs = 5_000, allowPrivate = true, destinationOf = makeTestPorts().destinationOf } = {},
) => {
  const ports = { ...makeTestPorts(), destinationOf };
  const endpoint = makeEndpoint(changes);
  await ports.endpoints.create(endpoint);
  const channel = makeWebhookChannel({ ...config, allowPrivate, maxConnectionsPerOrigin: 8 }, { clock: systemClock });
  const { test } = makeEndpointTestService({ ...ports, clock: systemClock, channel, timeoutMs });
  return { ...ports, endpoint, test, address: { id: endpoint.id, tenant: endpoint.tenant } };
};

describe('a test', () => {
  it('is one signed message with the endpoint’s headers, and says what came back', async () => {
    const { url, received } = await answering(204);
    const [keys, old] = [makeKeys(), { ...makeKeys(), until: Date.now() + 60_000 }];
    const { test, address, endpoint } = await setUp({ url, keys: [keys, old], headers: { authorization: 'Bearer b' } });
    expect(await test(address)).toEqual({ outcome: 'sent', http_status: 204, duration_ms: expect.any(Number) });
    expect(received).toHaveLength(1);
    const { headers, body } = received[0] ?? { headers: {}, body: '' };
    expect(headers).toMatchObject({ authorization: 'Bearer b', 'webhook-id': expect.stringMatching(/^tst_/) });
    for (const { secret } of [keys, old]) {
      expect(new Webhook(secret).verify(body, headers as never)).toMatchObject({
        type: 'endpoint.test',
        data: { endpoint_id: endpoint.id },
      });
    }
  });

  it('is not repeated, and is logged without the address', async () => {
    const { url, received } = await answering(503);
    const { test, address, logged } = await setUp({ url });
    expect(await test(address)).toMatchObject({ outcome: 'retry', http_status: 503, error: 'http_503' });
    expect(received).toHaveLength(1);
    expect(logged).toMatchObject([
      { message: 'endpoint.tested', fields: { endpoint_id: address.id, outcome: 'retry' } },
    ]);
    expect(JSON.stringify(logged)).not.toContain(url);
  });

  it('of a disabled endpoint is sent too', async () => {
    const { url } = await answering(200);
    const { test, address } = await setUp({ url, disabledAt: 1, disabledReason: 'gone' });
    expect(await test(address)).toMatchObject({ outcome: 'sent' });
  });

  it('of an endpoint that is not allowed is not sent, neither to it nor to the address in its place', async () => {
    const [endpoint, instead] = await Promise.all([answering(200), answering(200)]);
    const destinationOf = makeDestinationOf({
      allowed: recipientPatterns.parse('*.ours.example'),
      redirects: redirects.parse(`webhook=${instead.url}`),
    });
    const { test, address } = await setUp({ url: endpoint.url }, { destinationOf });
    expect(await test(address)).toEqual({ outcome: 'failed', error: 'not_allowed', duration_ms: 0 });
    expect([...endpoint.received, ...instead.received]).toEqual([]);
  });

  it('ends when the receiver does not answer in time', async () => {
    const { url } = await receiver(() => undefined);
    const { test, address } = await setUp({ url }, { timeoutMs: 50 });
    expect(await test(address)).toMatchObject({ outcome: 'retry', error: 'timeout' });
  });

  it('says where a redirect points, which the log does not', async () => {
    const { url } = await answering(308, { location: 'https://new.example.com/in?token=1' });
    const { test, address, logged } = await setUp({ url });
    expect(await test(address)).toMatchObject({ outcome: 'retry', error: 'http_308 to https://new.example.com' });
    expect(logged).toMatchObject([{ fields: { error: 'http_308' } }]);
    expect(JSON.stringify(logged)).not.toContain('new.example.com');
  });

  it('is over when the answer has ended, not when its status has come', async () => {
    const { endpoint, address, ...ports } = await setUp({});
    const body = Promise.withResolvers<void>();
    const send: Channel['send'] = async (_message, { waitUntil }) => {
      waitUntil?.(body.promise);
      return { outcome: 'sent', httpStatus: 200 };
    };
    const channel = { name: 'webhook' as const, send };
    const { test } = makeEndpointTestService({ ...ports, clock: systemClock, channel, timeoutMs: 5_000 });
    let isOver = false;
    const testing = test(address).finally(() => {
      isOver = true;
    });
    await nextTurn();
    expect(isOver).toBe(false);
    body.resolve();
    expect(await testing).toMatchObject({ outcome: 'sent' });
  });

  it('reaches no private address', async () => {
    const { url, received } = await answering(200);
    const { test, address } = await setUp({ url }, { allowPrivate: false });
    expect(await test(address)).toMatchObject({ outcome: 'failed', error: 'url_not_allowed' });
    expect(received).toEqual([]);
  });

  it('is one of four at once of a tenant: receivers that hang must not take up what serves all tenants', async () => {
    const waiting: (() => void)[] = [];
    const { url } = await receiver((_, __, response) => void waiting.push(() => response.end()));
    const { test, address, endpoints } = await setUp({ url });
    const others = makeEndpoint({ id: `end_${'1'.repeat(26)}`, tenant: 'other', url });
    await endpoints.create(others);
    const tests = Array.from({ length: 4 }, () => test(address));
    await expect.poll(() => waiting.length).toBe(4);
    await expect(test(address)).rejects.toMatchObject({ code: 'rate-limited' });
    tests.push(test({ id: others.id, tenant: 'other' }));
    await expect.poll(() => waiting.length).toBe(5);
    for (const answer of waiting.splice(0)) answer();
    for (const result of await Promise.all(tests)) expect(result).toMatchObject({ outcome: 'sent' });
    const again = test(address);
    await expect.poll(() => waiting.length).toBe(1);
    waiting[0]?.();
    expect(await again).toMatchObject({ outcome: 'sent' });
  });

  it('of another tenant’s, or a deleted one, is a 404', async () => {
    const { test, address } = await setUp({ url: 'https://example.com/' });
    await expect(test({ ...address, tenant: 'other' })).rejects.toMatchObject({ code: 'not-found' });
    const deleted = await setUp({ url: 'https://example.com/', deletedAt: 1 });
    await expect(deleted.test(deleted.address)).rejects.toMatchObject({ code: 'not-found' });
  });
});
