/** What becomes of a delivery whose recipient may not be sent to. */
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import type { SendResult } from '../channels/channel.ts';
import { makeDestinationOf } from '../channels/destinations.ts';
import { makeWebhookChannel } from '../channels/webhook/send.ts';
import { answering, closeAll, config, newest } from '../channels/webhook/webhook.testing.ts';
import { makeNotificationService } from '../notifications/service.ts';
import { viewNotification } from '../notifications/view.ts';
import { systemClock } from '../platform/clock.ts';
import { recipientPatterns, redirects } from '../schema/recipient-rules.ts';
import { makeEndpoint } from '../testing/endpoint.ts';
import { makeMemoryLimitStores } from '../testing/memory-limit-stores.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { makeReceiverLimits } from './limits/receiver-limits.ts';
import { makeDeliveryService } from './service.ts';

afterEach(closeAll);

const CUSTOMER = { email: 'ada@customer.example', phone: '+4915112345678', webhook_url: 'https://customer.example/in' };
const WITHOUT = { email: undefined, phone: undefined, webhook_url: undefined };
type Recipients = Partial<Record<keyof typeof CUSTOMER | 'endpoint_id', string | undefined>>;

const setUp = async (to: Recipients, redirect: string, changes: object = {}) => {
  const ports = { ...makeTestPorts(), ...changes };
  const destinationOf = makeDestinationOf({
    allowed: recipientPatterns.parse('*@ours.example'),
    redirects: redirects.parse(redirect),
  });
  const stores = makeMemoryLimitStores();
  const receiverLimits = makeReceiverLimits({
    ...{ ...ports, ...stores, destinationOf, holdMs: 25_000, disableAfterMs: 1_000 },
  });
  const compose = ({ id, tenant }: { id: string; tenant: string }, _channel: string, address: string) => ({
    ...{ notificationId: id, tenant, to: address, subject: '', body: '', payload: '{}' },
  });
  const delivery = makeDeliveryService({ ...ports, receiverLimits, compose, channelTimeoutMs: 10_000 });
  const service = makeNotificationService(ports);
  const create = async () => {
    const send_at = new Date(ports.clock.now()).toISOString();
    const input = { notification_type: 'user.signup', entity_id: 'e', send_at, ...WITHOUT, ...to };
    return (await service.create({ input, tenant: 'acme' })).item.id;
  };
  const read = async (id: string) => viewNotification(await service.get({ id, tenant: 'acme' }));
  const deliver = async (id: string) => {
    const item = ports.memory.read(id);
    if (!item) throw new Error('gone');
    const message = { kind: 'deliver' as const, id, seq: item.timerSeq, due: item.dueAt };
    await delivery.deliver(message, { remainingMs: () => 30_000, tenant: 'acme' });
    return read(id);
  };
  return { ...ports, stores, service, create, deliver };
};

describe('a notification to a recipient that is not allowed', () => {
  it('is SENT to the address in its place, which neither view, record nor log names', async () => {
    const kit = await setUp(CUSTOMER, 'email=t@t.example phone=+4915200000000 webhook=https://t.example/t');
    const view = await kit.deliver(await kit.create());
    expect(view).toMatchObject({ status: 'SENT', ...CUSTOMER });
    expect(view.attempts).toEqual(
      ['email', 'sms', 'webhook'].map((channel) => expect.objectContaining({ channel, redirected: true })),
    );
    const sent = Object.values(kit.channels).flatMap(({ sent }) => sent.map(({ to }) => to));
    expect(sent).toEqual(['t@t.example', '+4915200000000', 'https://t.example/t']);
    const said = JSON.stringify([view, kit.logged, kit.memory.all()]);
    for (const secret of ['t.example', '+4915200000000']) expect(said).not.toContain(secret);
    expect(JSON.stringify(kit.logged)).not.toContain('customer');
    expect(kit.logged).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ redirected: true }) }),
    );
  });

  it('ends FAILED with the reason not_allowed where nothing takes its place: no attempt, no dead letter, no retry', async () => {
    const kit = await setUp(CUSTOMER, '');
    const id = await kit.create();
    const view = await kit.deliver(id);
    expect(view).toMatchObject({ status: 'FAILED', status_reason: 'not_allowed', attempts: [] });
    const stopped = { state: 'stopped', attempts: 0, last_error: 'not_allowed' };
    expect(view.channels).toEqual({ email: stopped, sms: stopped, webhook: stopped });
    expect(Object.values(kit.channels).flatMap(({ sent }) => sent)).toEqual([]);
    expect(kit.recording.calls).toContainEqual({ verb: 'notificationFailed', args: [{ reason: 'not_allowed' }] });
    expect(kit.recording.count('deadLetter')).toBe(0);
    expect(kit.recording.count('attempt')).toBe(0);
    await expect(kit.service.retry({ id, tenant: 'acme' })).rejects.toMatchObject({ code: 'not-failed' });
  });

  it('is sent on the channels that are allowed; the others do not count as failed', async () => {
    const kit = await setUp({ email: 'qa@ours.example', phone: CUSTOMER.phone }, '');
    const view = await kit.deliver(await kit.create());
    expect(view).toMatchObject({ status: 'FAILED', status_reason: 'not_allowed' });
    expect(view.channels).toMatchObject({ email: { state: 'sent' }, sms: { state: 'stopped' } });
    expect(view.attempts).toEqual([expect.not.objectContaining({ redirected: true })]);
  });

  it('fails with the reason of a channel that failed, and is retried on that one alone', async () => {
    const kit = await setUp({ email: 'qa@ours.example', phone: CUSTOMER.phone }, '');
    kit.channels.email.state.answer = () => ({ outcome: 'failed', error: 'invalid_recipient' });
    const id = await kit.create();
    const view = await kit.deliver(id);
    expect(view).toMatchObject({ status: 'FAILED' });
    expect(view.status_reason).toBeUndefined();
    kit.channels.email.state.answer = () => ({ outcome: 'sent' });
    await kit.service.retry({ id, tenant: 'acme' });
    expect((await kit.deliver(id)).channels).toMatchObject({ email: { state: 'sent' }, sms: { state: 'stopped' } });
    expect(kit.channels.sms.sent).toEqual([]);
  });

  it('does not say where the address in its place redirects to', async () => {
    const kit = await setUp({ webhook_url: CUSTOMER.webhook_url }, 'webhook=https://t.example/t');
    const moved: SendResult = {
      outcome: 'retry',
      error: 'http_308',
      httpStatus: 308,
      redirectedTo: 'https://t2.example',
    };
    kit.channels.webhook.state.answer = () => moved;
    const view = await kit.deliver(await kit.create());
    expect(view.channels.webhook).toMatchObject({ state: 'retrying', last_error: 'http_308' });
  });
});

describe('a webhook to an endpoint that is not allowed', () => {
  const endpoint = makeEndpoint({
    tenant: 'acme',
    headers: { authorization: 'Bearer b' },
    rateLimit: 1,
    maxConcurrency: 1,
  });

  it('goes to the address in its place, signed by the service, without headers and keys of the endpoint', async () => {
    const { url, received } = await answering(200);
    const webhook = makeWebhookChannel(config, { clock: systemClock });
    const ports = makeTestPorts();
    const kit = await setUp({ endpoint_id: endpoint.id }, `webhook=${url}`, {
      ...ports,
      channels: { ...ports.channels, webhook },
    });
    await kit.endpoints.create(endpoint);
    expect(await kit.deliver(await kit.create())).toMatchObject({ status: 'SENT', attempts: [{ redirected: true }] });
    const [{ headers, body }] = received as [(typeof received)[number]];
    expect(headers).not.toHaveProperty('authorization');
    expect(String(headers['webhook-signature'])).toMatch(/^v1,\S+$/);
    new Webhook(newest).verify(body, headers as never);
  });

  it('leaves its circuit, its rate and its concurrency alone, whatever is answered', async () => {
    const kit = await setUp({ endpoint_id: endpoint.id }, 'webhook=https://t.example/t');
    await kit.endpoints.create(endpoint);
    kit.channels.webhook.state.answer = () => ({ outcome: 'failed', error: 'http_410', httpStatus: 410 });
    for (let count = 0; count < 12; count += 1)
      expect((await kit.deliver(await kit.create())).channels.webhook).toMatchObject({
        attempts: 1,
        last_error: 'http_410',
      });
    expect(kit.stores.writes).toEqual({ circuits: 0, rates: 0, slots: 0 });
    expect(await kit.endpoints.get(endpoint.id)).toEqual(endpoint);
  });

  it('goes there while the circuit of the endpoint is open, and ends with it once it is disabled', async () => {
    const kit = await setUp({ endpoint_id: endpoint.id }, 'webhook=https://t.example/t');
    await kit.endpoints.create(endpoint);
    const id = await kit.create();
    const now = kit.clock.now();
    const times = { failingSince: now, lastFailedAt: now, openUntil: now + 600_000 };
    const circuit = { failures: 9, lastError: 'http_503', opens: 1, writeId: 'w', ...times };
    await kit.stores.circuits.replace(endpoint.id, circuit, undefined);
    expect((await kit.deliver(id)).channels.webhook).toMatchObject({ state: 'sent' });
    await kit.endpoints.replace(
      { ...endpoint, disabledAt: 1, disabledReason: 'manual', writeId: 'x' },
      endpoint.writeId,
    );
    kit.clock.pass(10_000);
    expect((await kit.deliver(await kit.create())).channels.webhook).toMatchObject({ last_error: 'endpoint_disabled' });
  });
});
