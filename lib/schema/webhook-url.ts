/** Which addresses a webhook may reach (server-side request forgery): checked at the door, and again on every connection. */
import type { LookupAddress } from 'node:dns';
import { isIP, isIPv4, type LookupFunction } from 'node:net';
import { metadata, special } from './ip-ranges.ts';

export interface AddressPolicy {
  /** Loopback, private and other special-purpose addresses, and names that mean them. Metadata addresses stay refused. */
  allowPrivate: boolean;
}

export interface UrlPolicy extends AddressPolicy {
  allowHttp: boolean;
}

/** `code` of the error a connection fails with when its address is refused. */
export const BLOCKED = 'ERR_BLOCKED_ADDRESS';

const URL_LENGTH_MAX = 2048;

/** Names that never mean a public host: RFC 6761, 6762, 8375, ICANN's `.internal`, and single labels, which resolve by search domain. */
const LOCAL_NAME = /^[^.]*$|(^|\.)(localhost|localdomain|local|internal|home\.arpa)$/;

/** The eight 16-bit groups of an IPv6 address; the URL parser knows every notation. Throws for a zone id. */
const groupsOf = (address: string): number[] => {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const parse = (part: string) =>
    part
      .split(':')
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16));
  const left = parse(head);
  const right = parse(tail ?? '');
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
};

const dotted = (high = 0, low = 0): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;

/**
 * Local-use NAT64, 64:ff9b:1::/48 (RFC 8215): its operator may split it, so the IPv4 address is looked for wherever a prefix of
 * 48, 56, 64 or 96 bits puts it (RFC 6052, 2.2: byte 8 is left out).
 */
const translated = (groups: number[]): string[] => {
  const bytes = groups.flatMap((group) => [group >> 8, group & 255]);
  return [48, 56, 64, 96].map((prefix) => {
    const from = prefix / 8;
    const after = bytes.slice(from).filter((_, at) => from + at !== 8);
    return (prefix === 96 ? bytes.slice(12) : after).slice(0, 4).join('.');
  });
};

/**
 * IPv4 addresses an IPv6 address carries. `transparent`: it is only another spelling of that one, which then decides:
 * ::ffff:0:0/96 (mapped), 64:ff9b::/96 (NAT64, what DNS64 answers for public hosts).
 */
const embedded = (groups: number[]): { addresses: string[]; transparent: boolean } => {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const last = dotted(g, h);
  const zeros = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0);
  if (zeros(0, 5) && f === 0xffff) return { addresses: [last], transparent: true };
  if (a === 0x64 && b === 0xff9b && zeros(2, 6)) return { addresses: [last], transparent: true };
  const hidden = (addresses: string[]) => ({ addresses, transparent: false });
  if (a === 0x2002) return hidden([dotted(b, c)]);
  if (a === 0x2001 && b === 0) return hidden([dotted(c, d), dotted(g ^ 0xffff, h ^ 0xffff)]);
  if (a === 0x64 && b === 0xff9b && c === 1) return hidden(translated(groups));
  // IPv4-compatible ::/96, IPv4-translated ::ffff:0:0:0/96, ISATAP (RFC 5214: an interface id of [02]00:5efe and the address).
  const isatap = (e === 0 || e === 0x200) && f === 0x5efe;
  return hidden(zeros(0, 6) || (zeros(0, 4) && e === 0xffff) || isatap ? [last] : []);
};

const isBlockedV4 = (address: string, { allowPrivate }: AddressPolicy): boolean =>
  metadata.ipv4.check(address) || (!allowPrivate && special.ipv4.check(address));

const isBlockedV6 = (address: string, policy: AddressPolicy): boolean => {
  const { addresses, transparent } = embedded(groupsOf(address));
  if (addresses.some((inner) => isBlockedV4(inner, policy))) return true;
  if (transparent) return false;
  return metadata.ipv6.check(address, 'ipv6') || (!policy.allowPrivate && special.ipv6.check(address, 'ipv6'));
};

/** True when nothing may be sent to this IP address. What is no address, or carries a zone id, is refused. */
export const isBlockedAddress = (address: string, policy: AddressPolicy): boolean => {
  if (isIPv4(address)) return isBlockedV4(address, policy);
  return isIP(address) === 0 || address.includes('%') || isBlockedV6(address, policy);
};

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
  // RFC 1035: no label is empty. Some resolvers drop the dots, and what is left may be an address or `localhost`.
  if (name.split('.').includes('')) return 'must point at a host name';
  return !policy.allowPrivate && LOCAL_NAME.test(name) ? 'must point at a public host name' : undefined;
};

/**
 * The check at the door. The WHATWG parser turns every notation of an address (decimal, octal, hex, short, IPv6) into one.
 * Ports: 80, 443 and from 1024 up; the other low ports belong to line protocols that a POST could be smuggled into.
 * `url` is the normal form to store; `problem` ends the sentence "webhook_url ...". Names are checked when they resolve.
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

export const blockedError = (): NodeJS.ErrnoException =>
  Object.assign(new Error('The address is private or reserved'), { code: BLOCKED });

/**
 * A `lookup` for `net.connect` that refuses the whole answer when one address in it is blocked. The socket connects to the
 * very addresses returned here, so a name that changes its mind between check and connect (DNS rebinding) gains nothing.
 * A literal host never gets here: `net.connect` skips the lookup.
 */
export const guardedLookup =
  (lookup: LookupFunction, policy: AddressPolicy): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '');
      const addresses: LookupAddress[] = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      const [first] = addresses;
      if (!first || addresses.some(({ address }) => isBlockedAddress(address, policy)))
        return callback(blockedError(), '');
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
