import { describe, expect, it } from 'vitest';
import { isBlockedAddress } from './ip-ranges.ts';
import { checkWebhookUrl } from './webhook-url.ts';

const strict = { allowPrivate: false, allowHttp: false };
const lax = { allowPrivate: true, allowHttp: true };

describe('checkWebhookUrl, deployed', () => {
  it.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://127.1/',
    'https://127.0.0.1./',
    'https://①②⑦.⓪.⓪.①/',
    'https://0/',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://2852039166/',
    'https://0xa9fea9fe/',
    'https://0251.0376.0251.0376/',
    'https://169.254.170.2/',
    'https://100.100.100.200/',
    'https://168.63.129.16/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.0.0.8/',
    'https://192.0.2.1/',
    'https://192.168.0.1/',
    'https://198.18.0.1/',
    'https://198.51.100.1/',
    'https://203.0.113.1/',
    'https://224.0.0.1/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://[::1]/',
    'https://[::]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[::127.0.0.1]/',
    'https://[::ffff:0:127.0.0.1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://[64:ff9b:1::1]/',
    'https://[64:ff9b:1:a9fe:a9:fe00::]/',
    'https://[2002:7f00:1::]/',
    'https://[2002:a9fe:a9fe::1]/',
    'https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
    'https://[2001:db8::1]/',
    'https://[3fff::1]/',
    'https://[5f00::1]/',
    'https://[100::1]/',
    'https://[fc00::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[ff02::1]/',
  ])('refuses the address %s', (url) => {
    expect(checkWebhookUrl(url, strict)).toEqual({ problem: 'must not point at a private or reserved address' });
  });

  it.each([
    'https://localhost/',
    'https://LOCALHOST./',
    'https://api.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://router.home.arpa/',
    'https://kubernetes/',
    'https://kubernetes.default.svc.cluster.local./',
  ])('refuses the local name %s', (url) => {
    expect(checkWebhookUrl(url, strict)).toEqual({ problem: 'must point at a public host name' });
  });

  it.each([
    ['http://example.com/', 'must be an https URL'],
    ['ftp://example.com/', 'must be an https URL'],
    ['file:///etc/passwd', 'must be an https URL'],
    ['javascript:alert(1)', 'must be an https URL'],
    ['//example.com/', 'must be an absolute URL'],
    ['https://', 'must be an absolute URL'],
    ['https://[fe80::1%25eth0]/', 'must be an absolute URL'],
    ['https://1.2.3.4.5/', 'must be an absolute URL'],
    ['https://256.0.0.1/', 'must be an absolute URL'],
    ['https://user:pass@example.com/', 'must not carry credentials'],
    ['https://example.com@evil.example/', 'must not carry credentials'],
    ['https://example.com/#part', 'must not carry a fragment'],
    ['https://example.com:0/', 'must use port 80, 443 or one from 1024 up'],
    ['https://example.com:25/', 'must use port 80, 443 or one from 1024 up'],
    [`https://example.com/${'a'.repeat(2048)}`, 'must be at most 2048 characters'],
    [`https://example.com/${'é'.repeat(1000)}`, 'must be at most 2048 characters'],
  ])('refuses %s: %s', (url, problem) => {
    expect(checkWebhookUrl(url, strict)).toEqual({ problem });
  });

  it.each([
    ['https://example.com', 'https://example.com/'],
    ['https://EXAMPLE.com:443/Hook?a=b', 'https://example.com/Hook?a=b'],
    ['https://hooks.example.com:8443/x', 'https://hooks.example.com:8443/x'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
    ['https://[64:ff9b::808:808]/', 'https://[64:ff9b::808:808]/'],
    ['https://localhost.example.com/', 'https://localhost.example.com/'],
  ])('accepts %s', (input, url) => {
    expect(checkWebhookUrl(input, strict)).toEqual({ url });
  });
});

describe('checkWebhookUrl, where private addresses and http are allowed', () => {
  it.each([
    'http://127.0.0.1:9/x',
    'http://localhost:8080/',
    'https://10.0.0.1/',
    'http://[::1]:3000/',
    'http://web:81/',
  ])('accepts %s', (url) => {
    expect(checkWebhookUrl(url, lax)).toEqual({ url });
  });

  it.each([
    'http://169.254.169.254/',
    'http://0xa9fea9fe/',
    'http://169.254.170.2/v2/credentials',
    'http://169.254.170.23/',
    'http://[fd00:ec2::254]/',
    'http://[fd20:ce::254]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[2002:a9fe:a9fe::]/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
  ])('still refuses the metadata address %s', (url) => {
    expect(checkWebhookUrl(url, lax)).toEqual({ problem: 'must not point at a private or reserved address' });
  });

  it('still refuses port 0 and other protocols', () => {
    expect(checkWebhookUrl('http://127.0.0.1:0/', lax)).toHaveProperty('problem');
    expect(checkWebhookUrl('gopher://127.0.0.1/', lax)).toEqual({ problem: 'must be an http or https URL' });
  });
});

describe('isBlockedAddress', () => {
  it.each(['fe80::1%eth0', '2606:4700::1%lo', 'example.com', '', '127.1'])(
    'refuses %j, which is no plain address',
    (address) => {
      expect(isBlockedAddress(address, lax)).toBe(true);
    },
  );
});
