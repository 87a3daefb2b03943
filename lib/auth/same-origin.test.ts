import { describe, expect, test } from 'vitest';
import { isForeign, isFromBrowser } from './same-origin.ts';

describe('a request is of this machine or its network', () => {
  test.each([
    'localhost:3000',
    '127.0.0.1:4566',
    '[::1]:3000',
    '[fd00::7]:3000',
    '10.244.0.7',
    'local-aws:4566',
    'event-system-local-aws',
    'local-aws.event-system.svc:4566',
    'local-aws.event-system.svc.cluster.local:4566',
    'local-aws.event-system.svc.cluster.local.:4566',
    'host.docker.internal:4566',
    'bucket.localhost:4566',
    'abc123.execute-api.localhost:4566',
    'abc123.execute-api.localhost.localstack.cloud:4566',
    'LOCALHOST:3000',
  ])('when its Host is %s', (host) => {
    expect(isForeign({ host })).toBe(false);
    expect(isForeign({ host, origin: `http://${host.toLowerCase()}`, 'sec-fetch-site': 'same-origin' })).toBe(false);
  });

  test('when the browser was given the address by a person, or when it says nothing of a site', () => {
    expect(isForeign({ host: 'localhost:3000', 'sec-fetch-site': 'none' })).toBe(false);
    expect(isForeign({ host: 'localhost:3000', 'sec-fetch-mode': 'cors' })).toBe(false);
    expect(isForeign({})).toBe(false);
  });

  test('when a proxy that ends TLS hands on what came by https', () => {
    expect(isForeign({ host: 'localhost', origin: 'https://localhost' })).toBe(false);
  });
});

describe('a request is foreign', () => {
  test.each([
    'evil.example',
    'evil.example:4566',
    'localhost.evil.example:4566',
    'svc.cluster.local.evil.example',
    'a.svc.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    'evil.localstack.cloud',
  ])('when its Host is %s, whatever its Origin is', (host) => {
    expect(isForeign({ host })).toBe(true);
    expect(isForeign({ host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).toBe(true);
  });

  test.each(['http://evil.example', 'http://localhost:5173', 'http://localhost', 'null', '', 'file://'])(
    'when its Origin is "%s"',
    (origin) => expect(isForeign({ host: 'localhost:4566', origin })).toBe(true),
  );

  test.each(['cross-site', 'same-site', 'whatever comes next'])(
    'when Sec-Fetch-Site is %s, without an Origin',
    (site) => expect(isForeign({ host: '127.0.0.1:4566', 'sec-fetch-site': site })).toBe(true),
  );
});

test('a browser is known by what it alone sends', () => {
  expect(isFromBrowser({ origin: 'http://localhost' })).toBe(true);
  expect(isFromBrowser({ 'sec-fetch-site': 'none' })).toBe(true);
  expect(isFromBrowser({ 'sec-fetch-mode': 'cors', 'user-agent': 'node' })).toBe(false);
});
