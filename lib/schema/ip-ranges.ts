/**
 * Where a webhook may not go. IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), multicast and
 * reserved space. IPv4 and IPv6 are two lists because node's BlockList compares an IPv4 address with IPv6 rules by its mapped form.
 */
import { BlockList } from 'node:net';

type Family = 'ipv4' | 'ipv6';

const blockList = (family: Family, subnets: string[]): BlockList => {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net = '', prefix] = subnet.split('/');
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
};

export const special = {
  ipv4: blockList('ipv4', [
    '0.0.0.0/8', // this network
    '10.0.0.0/8',
    '100.64.0.0/10', // shared address space (CGNAT)
    '127.0.0.0/8',
    '169.254.0.0/16', // link-local
    '172.16.0.0/12',
    '192.0.0.0/24', // protocol assignments
    '192.0.2.0/24', // documentation
    '192.31.196.0/24', // AS112
    '192.52.193.0/24', // AMT
    '192.88.99.0/24', // 6to4 relays, deprecated
    '192.168.0.0/16',
    '192.175.48.0/24', // AS112
    '198.18.0.0/15', // benchmarking
    '198.51.100.0/24', // documentation
    '203.0.113.0/24', // documentation
    '224.0.0.0/4', // multicast
    '240.0.0.0/4', // reserved, and broadcast
  ]),
  /** Only 2000::/3 is global unicast: everything outside of it, and the special parts inside. */
  ipv6: blockList('ipv6', [
    '::/3', // unspecified, loopback, IPv4-compatible, discard, ...
    '4000::/2', // includes segment routing SIDs
    '8000::/1', // unique local, link-local, site-local, multicast
    '2001::/23', // protocol assignments: Teredo, benchmarking, ORCHID
    '2001:db8::/32', // documentation
    '2002::/16', // 6to4, deprecated
    '2620:4f:8000::/48', // AS112
    '3fff::/20', // documentation
  ]),
};

/** Instance metadata and credential endpoints, and the link-local ranges most of them live in: refused whatever is allowed. */
export const metadata = {
  ipv4: blockList('ipv4', [
    '169.254.0.0/16', // EC2 .169.254, ECS .170.2, EKS .170.23, most other clouds
    '100.100.100.200/32', // Alibaba Cloud
    '168.63.129.16/32', // Azure wire server, a public address
    '192.0.0.192/32', // Oracle Cloud, classic
  ]),
  ipv6: blockList('ipv6', [
    'fd00:ec2::/32', // EC2 ::254, EKS ::23
    'fd20:ce::/32', // Google Cloud ::254
    'fd00:42::/32', // Scaleway ::42
    'fe80::/10',
  ]),
};
