/** A signed POST for each attempt, as Standard Webhooks say. */
import type { Channel, OutgoingMessage } from '../channel.ts';
import { type HttpClientConfig, type HttpClientPorts, makeHttpClient } from '../http-client/http-client.ts';
import { makeKeysSigner, makeSigner } from './signature.ts';

export interface WebhookConfig extends HttpClientConfig {
  /** `whsec_` + base64 of 24 to 64 bytes, newest first. Each signs a message that goes to no endpoint. */
  secrets?: readonly string[];
}

/** Throws when a secret cannot be used. */
export const makeWebhookChannel = (config: WebhookConfig, ports: HttpClientPorts): Channel => {
  const sign = config.secrets && makeSigner(config.secrets);
  const post = makeHttpClient(config, ports);

  const headersOf = ({ notificationId, webhook }: OutgoingMessage, body: Buffer) => {
    const timestamp = Math.floor(ports.clock.real() / 1000);
    const signed = webhook ? makeKeysSigner(webhook.keys) : sign;
    if (!signed) throw new Error('Only webhooks to endpoints can be signed here');
    return {
      ...webhook?.headers,
      'webhook-id': notificationId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signed(notificationId, timestamp, body),
    };
  };

  return {
    name: 'webhook',
    async send(message, options) {
      const body = Buffer.from(message.payload);
      return post(message.to, body, options, () => headersOf(message, body));
    },
  };
};
