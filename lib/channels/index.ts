/** The ways out, chosen by configuration. A new one is a file beside this and a line in `makeChannels`. */

import type { Channel } from '../notifications/channel.ts';
import type { Clock } from '../platform/clock.ts';
import type { ChannelName } from '../schema/channel-names.ts';
import type { AwsConfig } from './aws.ts';
import type { EmailConfig } from './email/mail.ts';
import type { SmsConfig } from './sms/sms.ts';
import type { WebhookConfig } from './webhook/webhook.ts';

export interface ChannelConfig {
  email: EmailConfig;
  sms: SmsConfig;
  webhook: WebhookConfig;
  aws: AwsConfig;
  clock: Pick<Clock, 'real'>;
}

/** A channel whose libraries are loaded at its first message, or before it by whoever has the time. */
export interface LoadableChannel extends Channel {
  /** Rejects when the configuration cannot be used. */
  load(): Promise<void>;
}

/**
 * Loads and makes the channel at its first message: a process that sends webhooks alone never evaluates the mail libraries.
 * `send` rejects when the configuration cannot be used, and tries to make the channel again for the next message.
 */
const lazily = (name: ChannelName, make: () => Promise<Channel>): LoadableChannel => {
  let made: Promise<Channel> | undefined;
  const get = (): Promise<Channel> => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return {
    name,
    load: async () => {
      await get();
    },
    send: async (message, options) => (await get()).send(message, options),
  };
};

export const makeChannels = ({
  email,
  sms,
  webhook,
  aws,
  clock,
}: ChannelConfig): Record<ChannelName, LoadableChannel> => ({
  email: lazily('email', async () => (await import('./email/email.ts')).makeEmailChannel(email, aws)),
  sms: lazily('sms', async () => (await import('./sms/sms.ts')).makeSmsChannel(sms, aws)),
  webhook: lazily('webhook', async () => (await import('./webhook/webhook.ts')).makeWebhookChannel(webhook, { clock })),
});
