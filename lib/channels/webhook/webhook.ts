/** Webhooks: one signed POST per attempt. node:http and not undici, which would add 230 KB (gzip) to the Lambda's bundle. */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Channel, OutgoingMessage } from '../../notifications/channel.ts';
import type { Clock } from '../../platform/clock.ts';
import { checkWebhookUrl, type UrlPolicy } from '../../schema/webhook-url.ts';
import { traceFields } from '../../telemetry/tracing.ts';
import { type AgentLimits, makeAgents } from './agents.ts';
import { resultOf } from './answer.ts';
import { networkError } from './failure.ts';
import { post } from './post.ts';
import { makeLookup } from './resolve.ts';
import { makeKeysSigner, makeSigner } from './signature.ts';

export interface WebhookConfig extends UrlPolicy, AgentLimits {
  /**
   * `whsec_` + base64 of 24 to 64 bytes, newest first; each signs what goes to no endpoint of its
   * own keys.
   */
  secrets?: readonly string[];
  userAgent: string;
}

/** Where private addresses will do, so do the names that only the system knows: its hosts file, a cluster's search domains. */
const lookupFor = ({ allowPrivate }: UrlPolicy): LookupFunction =>
  allowPrivate ? (systemLookup as LookupFunction) : makeLookup();

/**
 * A URL that may not be used is failed; a name that resolves to a blocked address today is tried again, because DNS changes.
 * `lookup` is the resolver that is guarded; tests bring their own. Throws when a secret cannot be used.
 */
export const makeWebhookChannel = (
  config: WebhookConfig,
  { clock, lookup = lookupFor(config) }: { clock: Pick<Clock, 'real'>; lookup?: LookupFunction },
): Channel => {
  const sign = config.secrets && makeSigner(config.secrets);
  const agents = makeAgents(config, lookup);
  const freshAgents = makeAgents(config, lookup, { keepAlive: false });

  const headersOf = ({ notificationId, webhook }: OutgoingMessage, body: Buffer) => {
    const timestamp = Math.floor(clock.real() / 1000);
    const signed = webhook ? makeKeysSigner(webhook.keys) : sign;
    if (!signed) throw new Error('Only webhooks to endpoints can be signed here');
    return {
      ...webhook?.headers,
      ...traceFields(),
      'content-type': 'application/json',
      'content-length': body.length,
      'user-agent': config.userAgent,
      'webhook-id': notificationId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signed(notificationId, timestamp, body),
    };
  };

  return {
    name: 'webhook',
    async send(message, { signal, waitUntil }) {
      // Checked at the door too; a URL stored under a laxer policy must not slip through.
      const checked = checkWebhookUrl(message.to, config);
      if ('problem' in checked) return { outcome: 'failed', error: 'url_not_allowed' };
      const url = new URL(checked.url);
      const body = Buffer.from(message.payload);
      const protocol = url.protocol as 'http:' | 'https:';
      // Outside: a key that cannot sign is no error of the network.
      const headers = headersOf(message, body);
      const connections = { agent: agents[protocol], freshAgent: freshAgents[protocol] };
      const posted = await post(url, body, { headers, signal, ...connections });
      const resent = posted.resent && { resent: true as const };
      if ('error' in posted)
        return { outcome: 'retry', error: signal.aborted ? 'timeout' : networkError(posted.error), ...resent };
      waitUntil?.(posted.answer.ended);
      return { ...resultOf(posted.answer.response, { now: clock.real(), url }), ...resent };
    },
  };
};
