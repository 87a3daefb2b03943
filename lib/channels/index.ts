/** The ways out, chosen by configuration. A new one is a file beside this and a line in `makeChannels`. */
import type { ChannelName } from '../notification.ts';
import type { Channel, Channels, Clock } from '../ports.ts';
import type { AwsConfig } from './aws.ts';
import type { EmailConfig } from './email.ts';
import type { SmsConfig } from './sms.ts';
import type { WebhookConfig } from './webhook.ts';

export interface ChannelConfig {
  email: EmailConfig;
  sms: SmsConfig;
  webhook: WebhookConfig;
  aws: AwsConfig;
  clock: Pick<Clock, 'real'>;
}

/**
 * Loads and makes the channel at its first message: a process that sends webhooks alone never evaluates the mail libraries.
 * `send` rejects when the configuration cannot be used, and tries to make the channel again for the next message.
 */
const lazily = (name: ChannelName, make: () => Promise<Channel>): Channel => {
  let made: Promise<Channel> | undefined;
  return {
    name,
    async send(message, options) {
      made ??= make().catch((error: unknown) => {
        made = undefined;
        throw error;
      });
      return (await made).send(message, options);
    },
  };
};

export const makeChannels = ({ email, sms, webhook, aws, clock }: ChannelConfig): Channels => ({
  email: lazily('email', async () => (await import('./email.ts')).makeEmailChannel(email, aws)),
  sms: lazily('sms', async () => (await import('./sms.ts')).makeSmsChannel(sms, aws)),
  webhook: lazily('webhook', async () => (await import('./webhook.ts')).makeWebhookChannel(webhook, { clock })),
});
