/**
 * No form of an address that is not public is ever connected to: not when it is given, not by a
 * name, not by a name that changes.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeEndpointTestService } from '../../delivery/send-test.ts';
import { systemClock } from '../../platform/clock.ts';
import { isBlockedAddress } from '../../schema/ip-ranges.ts';
import { checkWebhookUrl } from '../../schema/webhook-url.ts';
import { makeEndpoint } from '../../testing/endpoint.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import { makeWebhookChannel } from '../webhook/send.ts';
import { answering, clock, closeAll, config, message, never, send } from '../webhook/webhook.testing.ts';
import { METADATA, PUBLIC, SPECIAL, startListener, startNames, type Zone } from './ssrf.testing.ts';

const strict = { allowPrivate: false, allowHttp: true };
const lax = { allowPrivate: true, allowHttp: true };
const PRIVATE = 'must not point at a private or reserved address';
const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

let listener: Awaited<ReturnType<typeof startListener>>;
beforeAll(async () => {
  listener = await startListener();
});
afterAll(() => listener.close());
beforeEach(() => {
  expect(listener.connections()).toBe(0);
});

describe.each(Object.entries(SPECIAL))('%s', (_, addresses) => {
  it.each(addresses)('%s is refused when it is given, and is no address to connect to', async (address) => {
    const url = `http://${bracketed(address)}:${listener.port}/`;
    expect(checkWebhookUrl(url, strict)).toEqual({ problem: PRIVATE });
    expect(isBlockedAddress(address, strict)).toBe(true);
    // As if it had been stored under a laxer policy.
    expect(await send(url, { changes: strict })).toEqual({ outcome: 'failed', error: 'url_not_allowed' });
    expect(listener.connections()).toBe(0);
  });
});

describe.each(Object.entries(METADATA))('metadata of %s', (_, addresses) => {
  it.each(addresses)('%s is refused whatever is allowed', (address) => {
    for (const policy of [strict, lax]) {
      expect(isBlockedAddress(address, policy)).toBe(true);
      expect(checkWebhookUrl(`http://${bracketed(address)}/`, policy)).toEqual({ problem: PRIVATE });
    }
  });
});

it.each(PUBLIC)('%s is public and stays allowed', (address) => {
  expect(isBlockedAddress(address, strict)).toBe(false);
  expect(checkWebhookUrl(`http://${bracketed(address)}/`, strict)).toHaveProperty('url');
});

describe('other spellings of loopback, private and metadata addresses', () => {
  it.each([
    '2130706433',
    '0x7f000001',
    '0x7F000001',
    '017700000001',
    '0x7f.0.0.1',
    '0177.0.0.01',
    '0177.0x0.0.1',
    '127.1',
    '127.0.1',
    '127.0x1',
    '0x7f.1',
    '127.0.0.1.',
    '00000177.0.0.1',
    '0',
    '0x0',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '0xa9.0376.43518',
    '169.254.43518',
    '167772161',
    '10.1',
    '3232235777',
    '①②⑦.⓪.⓪.①',
    '１２７.０.０.１',
    '127。0。0。1',
    '１２７．１',
    '127｡1',
    '%31%32%37.0.0.1',
    '127%2e0%2e0%2e1',
    '%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1',
    '12\t7.0.0.1',
    '[0:0:0:0:0:0:0:1]',
    '[0000:0000:0000:0000:0000:0000:0000:0001]',
    '[::0001]',
    '[::ffff:127.0.0.1]',
    '[::FFFF:7F00:0001]',
    '[0:0:0:0:0:ffff:127.0.0.1]',
  ])('%s', async (host) => {
    const url = `http://${host}:${listener.port}/`;
    expect(checkWebhookUrl(url, strict)).toEqual({ problem: PRIVATE });
    expect(await send(url, { changes: strict })).toEqual({ outcome: 'failed', error: 'url_not_allowed' });
    expect(listener.connections()).toBe(0);
  });
});

describe('names and URLs that mean somewhere else', () => {
  it.each([
    'http://localhost/',
    'http://LocalHost./',
    'http://localhost../',
    'http://ｌｏｃａｌｈｏｓｔ/',
    'http://LOCALHOST。/',
    'http://l%6fcalhost/',
    'http://a.localhost/',
    'http://localhost.localdomain/',
    'http://ip6-localhost/',
    'http://metadata/',
    'http://metadata.google.internal/',
    'http://METADATA.google.internal./',
    'http://instance-data.ec2.internal/',
    'http://kubernetes.default.svc.cluster.local/',
    'http://printer.local/',
    'http://router.home.arpa/',
    'http://127.0.0.1../',
    'http://169.254.169.254../',
    'http://a..b/',
    'http://.example.com/',
    'http://[::1%25lo]/',
    'http://[fe80::1%25eth0]/',
    'http://[::1%lo]/',
    'http://[v1.a]/',
    'http://127.0.0.1.5/',
    'http://256.256.256.256/',
    'http://0x1ffffffff/',
    'http://user@example.com/',
    'http://:pass@example.com/',
    'http://example.com@127.0.0.1/',
    'http://127.0.0.1@example.com/',
    'http://example.com:22/',
    'http://example.com:25/',
    'http://example.com:0/',
    'http://example.com:65536/',
    'http://example.com:80a/',
    'http://example.com/#@127.0.0.1/',
    'http:///127.0.0.1/',
    'http:127.0.0.1',
    'http:\\\\127.0.0.1\\',
    '\thttp://127.0.0.1/',
    '//127.0.0.1/',
    'gopher://127.0.0.1/',
    'file:///etc/passwd',
    'data:text/html,x',
    'unix:/var/run/docker.sock',
    'http+unix://%2Fvar%2Frun%2Fdocker.sock/',
  ])('%s', async (url) => {
    expect(checkWebhookUrl(url, strict)).toHaveProperty('problem');
    expect(await send(url, { changes: strict })).toEqual({ outcome: 'failed', error: 'url_not_allowed' });
  });
});

/** A channel that asks our name server, whose answers are those of `zone`. */
const withNames = async (zone: Zone, policy: { allowPrivate: boolean; allowHttp: boolean }) => {
  const names = await startNames(zone);
  const channel = makeWebhookChannel({ ...config, ...policy }, { clock, lookup: names.lookup });
  const deliver = (name: string, port: number) =>
    channel.send(message(`http://${name}:${port}/hook`), { signal: never });
  return { ...names, channel, deliver };
};

const blocked = { outcome: 'retry', error: 'blocked_address' };

describe('a name, asked of a real name server', () => {
  const HOST = 'hooks.public.example';
  const chain = {
    [HOST]: [[{ alias: 'edge.public.example' }]],
    'edge.public.example': [[{ alias: 'a.private.example' }]],
  };

  it.each<[string, Zone]>([
    ['that is loopback', { [HOST]: [['127.0.0.1']] }],
    ['that is IPv6 loopback', { [HOST]: [['::1']] }],
    ['that is IPv4-mapped loopback in AAAA', { [HOST]: [['::ffff:127.0.0.1']] }],
    ['that is NAT64 of loopback', { [HOST]: [['64:ff9b::7f00:1']] }],
    ['that is metadata', { [HOST]: [['169.254.169.254']] }],
    ['that is IPv6 metadata', { [HOST]: [['fd00:ec2::254']] }],
    ['that is 0.0.0.0', { [HOST]: [['0.0.0.0']] }],
    ['with a public address first and a private one after it', { [HOST]: [['8.8.8.8', '127.0.0.1']] }],
    ['with a private address first and a public one after it', { [HOST]: [['127.0.0.1', '8.8.8.8']] }],
    ['with a public A and a private AAAA', { [HOST]: [['8.8.8.8', '::1']] }],
    ['with a private A and a public AAAA', { [HOST]: [['127.0.0.1', '2606:4700:4700::1111']] }],
    ['that leads to loopback by a chain of aliases', { ...chain, 'a.private.example': [['127.0.0.1']] }],
    ['that leads to a mapped address by a chain of aliases', { ...chain, 'a.private.example': [['::ffff:10.0.0.1']] }],
  ])('%s is never connected to', async (_, zone) => {
    const { deliver, asked, close } = await withNames(zone, strict);
    expect(await deliver(HOST, listener.port)).toEqual(blocked);
    expect(asked).toContain(`A ${HOST}`);
    expect(listener.connections()).toBe(0);
    close();
  });

  it('that is public when it is looked at and private when it is connected to is refused: each connection asks once', async () => {
    const { url, received, port } = await answering(200);
    expect(url).toMatch(/127\.0\.0\.1/);
    // Loopback stands for the public address, which a test cannot have; metadata, which this policy
    // refuses, for the private one.
    const zone = { [HOST]: [['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1', '169.254.169.254']] };
    const { lookup, asked, close } = await withNames(zone, lax);
    const attempt = () =>
      makeWebhookChannel({ ...config, ...lax }, { clock, lookup }).send(message(`http://${HOST}:${port}/`), {
        signal: never,
      });
    expect(await attempt()).toMatchObject({ outcome: 'sent' });
    expect(asked).toEqual([`A ${HOST}`, `AAAA ${HOST}`]);
    expect([await attempt(), await attempt(), await attempt()]).toEqual([blocked, blocked, blocked]);
    expect(received).toHaveLength(1);
    close();
    await closeAll();
  });

  it('in any spelling is the same name, also to the name server', async () => {
    const { deliver, close } = await withNames({ [HOST]: [['127.0.0.1']] }, strict);
    for (const name of [HOST.toUpperCase(), 'ｈｏｏｋｓ.public。example', 'h%6foks.public.example'])
      expect(await deliver(name, listener.port)).toEqual(blocked);
    expect(listener.connections()).toBe(0);
    close();
  });

  it('that no name server knows is no way around', async () => {
    const { deliver, close } = await withNames({}, strict);
    expect(await deliver('nowhere.public.example', listener.port)).toMatchObject({ outcome: 'retry' });
    expect(listener.connections()).toBe(0);
    close();
  });

  it('of an endpoint under test is refused like that of a delivery', async () => {
    const { channel, close } = await withNames({ [HOST]: [['127.0.0.1']] }, strict);
    const ports = makeTestPorts();
    const endpoint = makeEndpoint({ url: `http://${HOST}:${listener.port}/` });
    await ports.endpoints.create(endpoint);
    const { test } = makeEndpointTestService({ ...ports, clock: systemClock, channel, timeoutMs: 5_000 });
    expect(await test({ id: endpoint.id, tenant: endpoint.tenant })).toMatchObject(blocked);
    expect(listener.connections()).toBe(0);
    close();
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('of %s to a private address is not followed', async (status) => {
    const location = `http://127.0.0.1:${listener.port}/latest/meta-data/`;
    const { url, received } = await answering(status, { location });
    expect(await send(url)).toMatchObject({ httpStatus: status });
    expect(received).toHaveLength(1);
    expect(listener.connections()).toBe(0);
    await closeAll();
  });

  it('by a refresh header or another place to go is not even read', async () => {
    const elsewhere = `http://127.0.0.1:${listener.port}/`;
    const { url } = await answering(200, {
      refresh: `0; url=${elsewhere}`,
      'content-location': elsewhere,
      link: `<${elsewhere}>`,
    });
    expect(await send(url)).toMatchObject({ outcome: 'sent' });
    expect(listener.connections()).toBe(0);
    await closeAll();
  });
});
