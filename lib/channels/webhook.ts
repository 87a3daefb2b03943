/** Webhooks: one signed POST per attempt. node:http and not undici, which would add 230 KB (gzip) to the Lambda's bundle. */
import { lookup as systemLookup } from 'node:dns';
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Channel, Clock, OutgoingMessage } from '../ports.ts';
import { checkWebhookUrl, type UrlPolicy } from './address.ts';
import { type AgentLimits, makeAgents } from './agents.ts';
import { resultOf } from './answer.ts';
import { networkError } from './failure.ts';
import { makeLookup } from './resolve.ts';
import { HEADER_BYTES_MAX, invalidResponse, limitHead } from './response-limits.ts';
import { makeKeysSigner, makeSigner } from './signature.ts';

export interface WebhookConfig extends UrlPolicy, AgentLimits {
  /** `whsec_` + base64 of 24 to 64 bytes, newest first; each signs what goes to no endpoint of its own keys. */
  secrets?: readonly string[];
  userAgent: string;
}

/** A connection on which nothing moves is given up, should the caller's signal be longer than the standard's 15 to 30 s. */
const INACTIVITY_MS = 30_000;
/** How much of an answer is read, and for how long, so that its connection can be used again. Nobody looks at it. */
const ANSWER_BYTES_MAX = 64 * 1024;
const ANSWER_MS_MAX = 1_000;

const timedOut = () => Object.assign(new Error('Nothing moved on the connection'), { code: 'ETIMEDOUT' });
const hungUp = () => Object.assign(new Error('Closed without an answer'), { code: 'ECONNRESET' });

/** The status line decides. What follows is read in the background up to the limits, then the connection is cut. */
const discard = (response: IncomingMessage): void => {
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), ANSWER_MS_MAX);
  response
    .on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) response.destroy();
    })
    // An answer cut short, by us or by them, changes nothing: its status is already known.
    .on('error', () => response.destroy())
    .on('close', () => clearTimeout(timer));
};

/** Resolves with the head of the answer, whose body is discarded; rejects with the connection's error. Redirects are not followed. */
const post = (url: URL, body: Buffer, options: RequestOptions): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const limits = { timeout: INACTIVITY_MS, maxHeaderSize: HEADER_BYTES_MAX + 1 };
    const request: ClientRequest = start(url, { ...options, ...limits, method: 'POST' });
    limitHead(request);
    request
      .on('response', (response) => {
        discard(response);
        resolve(response);
      })
      .on('upgrade', (_response, socket) => {
        socket.destroy();
        reject(invalidResponse());
      })
      .on('timeout', () => request.destroy(timedOut()))
      .on('error', reject)
      .on('close', () => reject(hungUp())) // a connection may end without an error
      .end(body);
  });

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

  const headersOf = ({ notificationId, webhook }: OutgoingMessage, body: Buffer) => {
    const timestamp = Math.floor(clock.real() / 1000);
    const signed = webhook ? makeKeysSigner(webhook.keys) : sign;
    if (!signed) throw new Error('Only webhooks to endpoints can be signed here');
    return {
      ...webhook?.headers,
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
    async send(message, { signal }) {
      // Checked at the door too; a URL stored under a laxer policy must not slip through.
      const checked = checkWebhookUrl(message.to, config);
      if ('problem' in checked) return { outcome: 'failed', error: 'url_not_allowed' };
      const url = new URL(checked.url);
      const body = Buffer.from(message.payload);
      const agent = agents[url.protocol as 'http:' | 'https:'];
      // Outside: a key that cannot sign is no error of the network.
      const headers = headersOf(message, body);
      try {
        const response = await post(url, body, { agent, signal, headers });
        return resultOf(response.statusCode ?? 0, response.headers['retry-after'], clock.real());
      } catch (error) {
        return { outcome: 'retry', error: signal.aborted ? 'timeout' : networkError(error) };
      }
    },
  };
};
