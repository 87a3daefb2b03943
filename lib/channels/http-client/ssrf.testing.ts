/**
 * For tests of server-side request forgery: addresses, a name server, and a listener that must see
 * no connection.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import { makeLookup } from './resolve.ts';

/** Each special-purpose range by an address in it; what is public beside them is in `PUBLIC`. */
export const SPECIAL: Record<string, string[]> = {
  'this network': ['0.0.0.0', '0.1.2.3', '0.255.255.255'],
  loopback: ['127.0.0.1', '127.0.0.53', '127.255.255.254', '::1'],
  private: ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  'shared (CGNAT)': ['100.64.0.1', '100.127.255.255'],
  'link-local': ['169.254.0.1', '169.254.255.255', 'fe80::1', 'febf::1'],
  'protocol assignments': [
    '192.0.0.1',
    '192.0.0.170',
    '192.0.0.255',
    '2001::1',
    '2001:1::1',
    '2001:20::1',
    '2001:1ff::1',
  ],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1', '3fff:fff::1'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  'AS112, AMT, 6to4 relays': ['192.31.196.1', '192.52.193.1', '192.88.99.1', '192.175.48.1', '2620:4f:8000::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.254', '255.255.255.255'],
  'unique local': ['fc00::1', 'fd12:3456:789a::1', 'fdff::1'],
  'site-local': ['fec0::1', 'feff::1'],
  'unspecified and discard': ['::', '100::1', '100:0:0:1::1'],
  'segment routing and unassigned': ['5f00::1', '4000::1', '8000::1', 'e000::1', '1000::1'],
  mapped: ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::ffff:0:0'],
  compatible: ['::127.0.0.1', '::a00:1', '::8.8.8.8'],
  translated: ['::ffff:0:127.0.0.1', '::ffff:0:8.8.8.8'],
  NAT64: ['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b:1::1', '64:ff9b:1:7f00:0:100::', '64:ff9b:1::8.8.8.8'],
  '6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:808:808::1'],
  Teredo: ['2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001:0:7f00:1::1'],
  ISATAP: ['2a00:1450::5efe:127.0.0.1', '2a00:1450::5efe:10.0.0.1', '2a00:1450:0:1:200:5efe:c0a8:1'],
};

/** Where clouds give credentials: refused under every policy. */
export const METADATA: Record<string, string[]> = {
  'AWS instances, and most other clouds': ['169.254.169.254', 'fd00:ec2::254'],
  'AWS containers and pods': ['169.254.170.2', '169.254.170.23', 'fd00:ec2::23'],
  'Google Cloud': ['169.254.169.254', 'fd20:ce::254'],
  Azure: ['168.63.129.16'],
  'Alibaba Cloud': ['100.100.100.200'],
  'Oracle Cloud': ['192.0.0.192'],
  Scaleway: ['169.254.42.42', 'fd00:42::42'],
  OpenStack: ['fe80::a9fe:a9fe'],
  'in disguise': [
    '::ffff:169.254.169.254',
    '::169.254.169.254',
    '::ffff:0:169.254.169.254',
    '64:ff9b::169.254.169.254',
    '64:ff9b:1:a9fe:a9:fe00::',
    '64:ff9b:1:a9:fe:a9fe::',
    '64:ff9b:1:0:a9:fea9:fe00:0',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '2001:0:a9fe:a9fe::1',
    '2001:0:4136:e378:8000:63bf:5601:5601',
    '2a00:1450::5efe:169.254.169.254',
  ],
};

export const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450::5efe:8.8.8.8',
  '2620:4f:8001::1',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
];

/**
 * What a name server says of a name: addresses, or another name; the nth question gets the nth
 * answer, later ones the last.
 */
export type Zone = Record<string, (string | { alias: string })[][]>;

const recordOf = (name: string, data: string | { alias: string }): Answer => {
  if (typeof data === 'object') return { type: 'CNAME', name, ttl: 0, data: data.alias };
  return { type: data.includes(':') ? 'AAAA' : 'A', name, ttl: 0, data };
};

/** Names of this zone are never answered for. */
const SILENT = '.silent.example';
/** Nor are questions for IPv6 addresses of names in this one. */
const SILENT_ON_IPV6 = '.ipv4-only.example';

/** A name server on UDP that answers from `zone`, TTL 0, and the lookup of deliveries that asks it. */
export const startNames = async (zone: Zone) => {
  const asked: string[] = [];
  const rounds = new Map<string, number>();
  const socket = createSocket('udp4');
  let delayMs = 0;
  let isClosed = false;

  const answersTo = (name: string, type: string): Answer[] => {
    const given = zone[name] ?? [];
    const round = rounds.get(`${name} ${type}`) ?? 0;
    rounds.set(`${name} ${type}`, round + 1);
    const now = given[Math.min(round, given.length - 1)] ?? [];
    return now.flatMap((data) => {
      const record = recordOf(name, data);
      if (typeof data === 'object') return [record, ...answersTo(data.alias, type)];
      return record.type === type ? [record] : [];
    });
  };

  socket.on('message', (bytes, from) => {
    const query = decode(bytes);
    const [question] = query.questions ?? [];
    if (!question) return;
    asked.push(`${question.type} ${question.name}`);
    if (question.name.endsWith(SILENT)) return;
    if (question.type === 'AAAA' && question.name.endsWith(SILENT_ON_IPV6)) return;
    // 0x0180: recursion asked for, and there.
    const reply: Packet = {
      type: 'response',
      id: query.id ?? 0,
      flags: 0x0180,
      questions: [question],
      answers: answersTo(question.name.toLowerCase(), question.type),
    };
    const send = (): void => {
      if (!isClosed) socket.send(encode(reply), from.port, from.address);
    };
    if (delayMs === 0) send();
    else setTimeout(send, delayMs);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');

  const server = `127.0.0.1:${socket.address().port}`;
  const slowDown = (toMs: number): void => {
    delayMs = toMs;
  };
  const close = (): void => {
    isClosed = true;
    socket.close();
  };
  return { server, lookup: makeLookup({ servers: [server] }), asked, slowDown, close };
};

/** Counts connections at IPv4's loopback, and at IPv6's where there is one. There may be none. */
export const startListener = async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });
  // Dual-stack: whatever form of loopback was reached would end here.
  server.listen(0);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: () => new Promise((closed) => server.close(closed)),
  };
};
