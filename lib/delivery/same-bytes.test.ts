/** Every attempt says the same, whatever a release between two of them changes. */
import { afterEach, expect, it } from 'vitest';
import { hasBuiltInText, textVersions } from '../notifications/content/built-in-texts.ts';
import { compose } from '../notifications/content/compose.ts';
import { makeNotificationService } from '../notifications/service.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { makeDeliveryService } from './service.ts';

const released = textVersions.length;
afterEach(() => textVersions.splice(released));

const release = (body: string): void => {
  const text = { subject: body, body };
  textVersions.push({ byType: { 'user.signup': text }, other: text, targetDate: 'day' });
};

const setUp = () => {
  const ports = makeTestPorts();
  const { webhook, email } = ports.channels;
  for (const channel of [webhook, email]) channel.state.answer = () => ({ outcome: 'retry', error: 'http_503' });
  const service = makeNotificationService(ports);
  const delivery = makeDeliveryService({ ...ports, channelTimeoutMs: 15_000, compose });
  const create = async (notification_type: string): Promise<string> => {
    const send_at = new Date(ports.clock.now()).toISOString();
    const to = {
      webhook_url: 'https://hooks.example.com/',
      ...(hasBuiltInText(notification_type) && { email: 'a@example.com' }),
    };
    const { item } = await service.create({
      input: { notification_type, entity_id: 'e', send_at, ...to },
      tenant: 't',
    });
    return item.id;
  };
  /** Its next attempt, and what that said on both channels. */
  const attempt = async (id: string) => {
    const item = await service.get({ id, tenant: 't' });
    ports.clock.pass(Math.max(0, item.dueAt - ports.clock.now()));
    const message = { kind: 'deliver' as const, id, seq: item.timerSeq, due: item.dueAt };
    await delivery.deliver(message, { tenant: 't', remainingMs: () => 30_000 });
    const { subject, body, payload } = webhook.sent.at(-1) ?? {};
    const mail = item.channels.email && email.sent.at(-1);
    return { payload, subject, body, mail: mail && [mail.subject, mail.body] };
  };
  return { ...ports, service, create, attempt };
};

it.each(['user.signup', 'invoice.created'])(
  'a release of new built-in texts changes no attempt of a pending %s',
  async (type) => {
    const scene = setUp();
    const id = await scene.create(type);
    const first = await scene.attempt(id);
    release('version one');
    expect(await scene.attempt(id)).toEqual(first);

    const later = await scene.create(type);
    const newer = await scene.attempt(later);
    expect(newer).toMatchObject({ subject: 'version one', body: 'version one' });
    release('version two');
    expect(await scene.attempt(later)).toEqual(newer);
    expect(await scene.attempt(id)).toEqual(first);
  },
);

it('nor of one that is retried after it has failed', async () => {
  const scene = setUp();
  const id = await scene.create('user.signup');
  const first = await scene.attempt(id);
  for (let n = 0; n < 4; n += 1) await scene.attempt(id);
  release('version one');
  await scene.service.retry({ id, tenant: 't' });
  const sent = scene.channels.webhook.sent.length;
  expect(await scene.attempt(id)).toEqual(first);
  expect(scene.channels.webhook.sent).toHaveLength(sent + 1);
});

it('a version that only a later release knows is not replaced by another text', async () => {
  const scene = setUp();
  release('version one');
  const id = await scene.create('user.signup');
  textVersions.splice(released);
  await scene.attempt(id);
  expect(scene.channels.webhook.sent).toEqual([]);
  expect(scene.memory.read(id)).toMatchObject({
    status: 'RETRYING',
    channels: { webhook: { lastError: 'channel_error' } },
  });
});
