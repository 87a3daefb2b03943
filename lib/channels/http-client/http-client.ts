/**
 * Posts JSON to URLs that clients gave. node:http and not undici, which would add 230 KB (gzip) to
 * the Lambda's bundle.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../../platform/clock.ts';
import { checkWebhookUrl, type UrlPolicy } from '../../schema/webhook-url.ts';
import { traceFields } from '../../telemetry/tracing.ts';
import type { SendOptions, SendResult } from '../channel.ts';
import { type AgentLimits, makeAgents } from './agents.ts';
import { resultOf } from './answer.ts';
import { networkError } from './failure.ts';
import { post } from './post.ts';
import { makeLookup } from './resolve.ts';

export interface HttpClientConfig extends UrlPolicy, AgentLimits {
  userAgent: string;
}

export interface HttpClientPorts {
  clock: Pick<Clock, 'real'>;
  /** The resolver that is guarded; tests bring their own. */
  lookup?: LookupFunction;
}

/**
 * A process that may reach private addresses also resolves names that only the system knows: its
 * hosts file, a cluster's search domains.
 */
const lookupFor = ({ allowPrivate }: UrlPolicy): LookupFunction =>
  allowPrivate ? (systemLookup as LookupFunction) : makeLookup();

/**
 * One POST for each attempt. A URL that may not be used is `failed`; a name that resolves to a
 * blocked address is a `retry`, because DNS changes.
 */
export const makeHttpClient = (config: HttpClientConfig, { clock, lookup = lookupFor(config) }: HttpClientPorts) => {
  const agents = makeAgents(config, lookup);
  const freshAgents = makeAgents(config, lookup, { keepAlive: false });

  /** @param headersOf asked once the URL is accepted; may throw, which is no error of the network */
  return async (
    to: string,
    body: Buffer,
    { signal, waitUntil }: SendOptions,
    headersOf: () => Record<string, string> = () => ({}),
  ): Promise<SendResult> => {
    // Checked at creation too; a URL stored under a laxer policy must not pass.
    const checked = checkWebhookUrl(to, config);
    if ('problem' in checked) return { outcome: 'failed', error: 'url_not_allowed' };
    const url = new URL(checked.url);
    const protocol = url.protocol as 'http:' | 'https:';
    const headers = {
      ...headersOf(),
      ...traceFields(),
      'content-type': 'application/json',
      'content-length': body.length,
      'user-agent': config.userAgent,
    };
    const connections = { agent: agents[protocol], freshAgent: freshAgents[protocol] };
    const posted = await post(url, body, { headers, signal, ...connections });
    const resent = posted.resent && { resent: true as const };
    if ('error' in posted)
      return { outcome: 'retry', error: signal.aborted ? 'timeout' : networkError(posted.error), ...resent };
    waitUntil?.(posted.answer.ended);
    return { ...resultOf(posted.answer.response, { now: clock.real(), url }), ...resent };
  };
};
