import { afterEach, describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../notifications/channel.ts';
import { type ChannelConfig, makeChannels } from './index.ts';
import { makeReceiver } from './webhook/receiver.testing.ts';

const signal = new AbortController().signal;
const opened: { close: () => unknown }[] = [];

const config: ChannelConfig = {
  email: { transport: 'smtp', from: 'notifications@example.com' },
  sms: {},
  webhook: {
    secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`],
    allowPrivate: true,
    allowHttp: true,
    userAgent: 'test',
    maxConnectionsPerOrigin: 2,
  },
  aws: { region: 'eu-west-1' },
  clock: { real: () => Date.now() },
};

const message: OutgoingMessage = {
  notificationId: 'ntf_1',
  tenant: 'default',
  to: 'zoe@example.net',
  subject: 'S',
  body: 'B',
  payload: '{}',
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

describe('makeChannels', () => {
  it('has every channel under its own name', () => {
    const channels = makeChannels(config);
    expect(Object.entries(channels).map(([key, { name }]) => [key, name])).toEqual([
      ['email', 'email'],
      ['sms', 'sms'],
      ['webhook', 'webhook'],
    ]);
  });

  it('sends, one and many at once', async () => {
    const receiver = await makeReceiver((_received, _request, response) => response.end());
    opened.push(receiver);
    const { webhook } = makeChannels(config);
    const sends = Array.from({ length: 3 }, () => webhook.send({ ...message, to: receiver.url }, { signal }));
    expect(await Promise.all(sends)).toEqual(Array(3).fill({ outcome: 'sent', httpStatus: 200 }));
  });

  it('loads ahead of the first message, and says then already what is wrong', async () => {
    const { email, sms, webhook } = makeChannels(config);
    await expect(Promise.all([sms.load(), webhook.load()])).resolves.toHaveLength(2);
    await expect(email.load()).rejects.toThrow(/SMTP_URL/);
  });

  it('says on use, and on every use, what a channel lacks; the others work', async () => {
    const { email, webhook } = makeChannels({ ...config, webhook: { ...config.webhook, secrets: [] } });
    await expect(email.send(message, { signal })).rejects.toThrow(/SMTP_URL/);
    await expect(email.send(message, { signal })).rejects.toThrow(/SMTP_URL/);
    await expect(webhook.send(message, { signal })).rejects.toThrow(/secret/);
  });
});
