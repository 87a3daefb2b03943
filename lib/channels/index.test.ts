import { afterEach, describe, expect, it } from 'vitest';
import { CHANNEL_NAMES } from '../schema/channel-names.ts';
import type { OutgoingMessage } from './channel.ts';
import type { ChannelPorts } from './declaration.ts';
import { makeReceiver } from './http-client/receiver.testing.ts';
import { type ChannelSettings, makeChannels } from './index.ts';

const signal = new AbortController().signal;
const opened: { close: () => unknown }[] = [];

const values: ChannelSettings = {
  EMAIL_TRANSPORT: 'smtp',
  EMAIL_FROM: 'notifications@example.com',
  WEBHOOK_SECRETS: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`],
};
const ports: ChannelPorts = {
  http: { allowPrivate: true, allowHttp: true, userAgent: 'test', maxConnectionsPerOrigin: 2 },
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
    const channels = makeChannels(values, ports);
    expect(Object.entries(channels).map(([key, { name }]) => [key, name])).toEqual(
      CHANNEL_NAMES.map((name) => [name, name]),
    );
    expect(CHANNEL_NAMES).toEqual(expect.arrayContaining(['email', 'sms', 'webhook']));
  });

  it('sends, one and many at once', async () => {
    const receiver = await makeReceiver((_received, _request, response) => response.end());
    opened.push(receiver);
    const { webhook } = makeChannels(values, ports);
    const sends = Array.from({ length: 3 }, () => webhook.send({ ...message, to: receiver.url }, { signal }));
    expect(await Promise.all(sends)).toEqual(Array(3).fill({ outcome: 'sent', httpStatus: 200 }));
  });

  it('loads ahead of the first message, and says then already what is wrong', async () => {
    const { email, sms, webhook } = makeChannels(values, ports);
    await expect(Promise.all([sms.load(), webhook.load()])).resolves.toHaveLength(2);
    await expect(email.load()).rejects.toThrow(/SMTP_URL/);
  });

  it('says on use, and on every use, what a channel lacks; the others work', async () => {
    const { email, webhook } = makeChannels({ ...values, WEBHOOK_SECRETS: [] }, ports);
    await expect(email.send(message, { signal })).rejects.toThrow(/SMTP_URL/);
    await expect(email.send(message, { signal })).rejects.toThrow(/SMTP_URL/);
    await expect(webhook.send(message, { signal })).rejects.toThrow(/secret/);
  });
});
