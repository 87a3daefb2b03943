/**
 * How a CloudEvents producer asks whether it may send (OPTIONS), before it registers us as a target:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md, section 4.
 */
import { rateLimitOf } from '../auth/config.ts';
import { config } from '../config.ts';

const EVENTS = /^\/api\/v1\/events(\/|$)/;

/**
 * The headers that grant it, to every origin: the handshake does not authenticate, and each event needs
 * credentials. Undefined for a path that takes no events, and for a request that is no handshake.
 */
export const webhookHandshake = (
  path: string,
  headers: Record<string, string | undefined>,
): Record<string, string> | undefined => {
  if (!EVENTS.test(path) || headers['webhook-request-origin'] === undefined) return undefined;
  const perSecond = rateLimitOf(config());
  return {
    'webhook-allowed-origin': '*',
    'webhook-allowed-rate': perSecond === 0 ? '*' : String(perSecond * 60), // requests a minute
  };
};
