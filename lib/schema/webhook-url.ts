/**
 * Which URLs a client may have called (server-side request forgery). Every connection checks the
 * address again: channels/http-client/guard.ts.
 */
import { isIP } from 'node:net';
import { type AddressPolicy, isBlockedAddress } from './ip-ranges.ts';

export interface UrlPolicy extends AddressPolicy {
  allowHttp: boolean;
}

/** In characters, of every URL that is called. */
export const URL_LENGTH_MAX = 2048;

/**
 * Names that never mean a public host: RFC 6761, 6762, 8375, ICANN's `.internal`, and single
 * labels, which resolve by search domain.
 */
const LOCAL_NAME = /^[^.]*$|(^|\.)(localhost|localdomain|local|internal|home\.arpa)$/;

/** A URL's host as an address without brackets, or undefined when it is a name. */
const literalOf = (hostname: string): string | undefined => {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? undefined : bare;
};

const problemOf = (url: URL, policy: UrlPolicy): string | undefined => {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && policy.allowHttp))
    return policy.allowHttp ? 'must be an http or https URL' : 'must be an https URL';
  if (url.username || url.password) return 'must not carry credentials';
  if (url.hash) return 'must not carry a fragment';
  const port = Number(url.port || 443);
  if (port === 0 || (port < 1024 && port !== 443 && port !== 80 && !policy.allowPrivate))
    return 'must use port 80, 443 or one from 1024 up';
  const literal = literalOf(url.hostname);
  if (literal !== undefined)
    return isBlockedAddress(literal, policy) ? 'must not point at a private or reserved address' : undefined;
  const name = url.hostname.replace(/\.$/, '');
  // RFC 1035: no label is empty. Some resolvers drop the dots, and what is left may be an address
  // or `localhost`.
  if (name.split('.').includes('')) return 'must point at a host name';
  return !policy.allowPrivate && LOCAL_NAME.test(name) ? 'must point at a public host name' : undefined;
};

/**
 * `url` is the normal form to store; `problem` ends the sentence "webhook_url ...". The WHATWG parser reads
 * every notation of an address as one; low ports but 80 and 443 belong to line protocols.
 */
export const checkWebhookUrl = (input: string, policy: UrlPolicy): { url: string } | { problem: string } => {
  const tooLong = { problem: `must be at most ${URL_LENGTH_MAX} characters` };
  if (input.length > URL_LENGTH_MAX) return tooLong;
  const url = URL.parse(input);
  if (!url) return { problem: 'must be an absolute URL' };
  if (url.href.length > URL_LENGTH_MAX) return tooLong;
  const problem = problemOf(url, policy);
  return problem === undefined ? { url: url.href } : { problem };
};
