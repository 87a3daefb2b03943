/**
 * Which IP addresses a URL that a client gives may lead to (server-side request forgery).
 * `ipaddr.js` knows the ranges of IANA.
 */
import { isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

export interface AddressPolicy {
  /**
   * Loopback, private and other special-purpose addresses, and names that mean them. Metadata
   * addresses stay refused.
   */
  allowPrivate: boolean;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const subnets = (...texts: string[]): [Address, number][] => texts.map((text) => ipaddr.parseCIDR(text));

/**
 * Instance metadata and credential endpoints, and the link-local ranges most of them are in:
 * refused under every policy.
 */
const METADATA = subnets(
  '169.254.0.0/16', // EC2 .169.254, ECS .170.2, EKS .170.23, most other clouds
  '100.100.100.200/32', // Alibaba Cloud
  '168.63.129.16/32', // Azure wire server, a public address
  '192.0.0.192/32', // Oracle Cloud, classic
  'fd00:ec2::/32', // EC2 ::254, EKS ::23
  'fd20:ce::/32', // Google Cloud ::254
  'fd00:42::/32', // Scaleway ::42
  'fe80::/10',
);
/** Everything outside of it is special or unassigned (RFC 4291, 2.4). */
const GLOBAL_UNICAST = subnets('2000::/3');
/**
 * IPv4-compatible (RFC 4291, 2.5.5.1) and IPv4-translated (RFC 2765): the last 32 bits are an IPv4
 * address.
 */
const ENDS_IN_IPV4 = subnets('::/96', '::ffff:0:0:0/80');

const isIn = (address: Address, list: readonly [Address, number][]): boolean =>
  list.some(([net, prefix]) => net.kind() === address.kind() && address.match(net, prefix));

const isSpecial = (address: Address): boolean =>
  address.range() !== 'unicast' || (address.kind() === 'ipv6' && !isIn(address, GLOBAL_UNICAST));

/**
 * Local-use NAT64, 64:ff9b:1::/48 (RFC 8215): its operator may split it, so the IPv4 address may
 * follow a prefix of 48, 56, 64 or 96 bits (RFC 6052, 2.2: byte 8 is left out).
 */
const localNat64 = (bytes: number[]): number[][] =>
  [48, 56, 64, 96].map((prefix) => {
    const from = prefix / 8;
    return bytes.slice(from).filter((_, index) => from + index !== 8 || prefix === 96);
  });

/** ISATAP (RFC 5214): an interface id of 0:5efe or 200:5efe, then the IPv4 address. */
const isIsatap = ({ parts }: ipaddr.IPv6): boolean => (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;

/**
 * Two forms are only another way to write an IPv4 address: mapped, and NAT64 (64:ff9b::/96, what
 * DNS64 answers for public hosts).
 */
const sameAddress = (address: ipaddr.IPv6): ipaddr.IPv4 | undefined => {
  const range = address.range();
  const isNat64 = range === 'rfc6052' && address.parts[2] === 0;
  return range === 'ipv4Mapped' || isNat64 ? new ipaddr.IPv4(address.toByteArray().slice(12)) : undefined;
};

/** The IPv4 addresses that a tunnel or a translator would send on to. */
const carriedAddresses = (address: ipaddr.IPv6): ipaddr.IPv4[] => {
  const bytes = address.toByteArray();
  const last = bytes.slice(12);
  const found = (): number[][] => {
    const range = address.range();
    if (range === 'rfc6052') return localNat64(bytes);
    if (range === '6to4') return [bytes.slice(2)];
    if (range === 'teredo') return [bytes.slice(4), last.map((byte) => byte ^ 255)];
    return isIn(address, ENDS_IN_IPV4) || isIsatap(address) ? [last] : [];
  };
  return found().map((from) => new ipaddr.IPv4(from.slice(0, 4)));
};

const isBlocked = (address: Address, policy: AddressPolicy): boolean => {
  if (address.kind() === 'ipv6') {
    const same = sameAddress(address as ipaddr.IPv6);
    if (same) return isBlocked(same, policy);
    if (carriedAddresses(address as ipaddr.IPv6).some((inner) => isBlocked(inner, policy))) return true;
  }
  return isIn(address, METADATA) || (!policy.allowPrivate && isSpecial(address));
};

/**
 * The URL parser writes an IPv6 address in hex alone: ipaddr.js takes `::8.8.8.8`, which is
 * IPv4-compatible, for `::ffff:8.8.8.8`.
 */
const parse = (address: string): Address =>
  ipaddr.parse(isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address);

/** True when nothing may be sent to this IP address. What is no address, or carries a zone id, is refused. */
export const isBlockedAddress = (address: string, policy: AddressPolicy): boolean =>
  isIP(address) === 0 || address.includes('%') || isBlocked(parse(address), policy);
