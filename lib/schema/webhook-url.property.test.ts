import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBlockedAddress } from './ip-ranges.ts';
import { checkWebhookUrl } from './webhook-url.ts';

/** Private, metadata and public addresses alike: half of them near the edges of a range. */
const ipv4 = fc.oneof(
  fc.nat(0xffff_ffff),
  fc
    .tuple(
      fc.constantFrom(0x0a00_0000, 0x6440_0000, 0x7f00_0000, 0xa9fe_a9fe, 0xac10_0000, 0xc0a8_0000, 0xe000_0000),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([base, step]) => base + step),
);

const bytesOf = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
const dottedOf = (address: number) => bytesOf(address).join('.');
const octal = (byte: number) => `0${byte.toString(8)}`;
const hexGroups = (address: number) => `${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}`;

const notations: Record<string, (address: number) => string> = {
  decimal: String,
  hex: (address) => `0x${address.toString(16)}`,
  octal: (address) => bytesOf(address).map(octal).join('.'),
  short: (address) => `${address >>> 24}.${address & 0xff_ffff}`,
  'trailing dot': (address) => `${dottedOf(address)}.`,
  mapped: (address) => `[::ffff:${dottedOf(address)}]`,
  'mapped, in hex': (address) => `[0:0:0:0:0:ffff:${hexGroups(address)}]`,
  NAT64: (address) => `[64:ff9b::${hexGroups(address)}]`,
};

describe.each([true, false])('with allowPrivate %s', (allowPrivate) => {
  const policy = { allowPrivate, allowHttp: false };

  it.each(Object.entries(notations))(
    'the verdict on an IPv4 address does not depend on its notation: %s',
    (_name, write) => {
      fc.assert(
        fc.property(ipv4, (address) => {
          const refused = 'problem' in checkWebhookUrl(`https://${write(address)}/`, policy);
          expect(refused).toBe(isBlockedAddress(dottedOf(address), policy));
        }),
      );
    },
  );

  it('never throws, whatever the text, and what it accepts it accepts again unchanged', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.webUrl(),
          fc.ipV6().map((ip) => `https://[${ip}]/`),
        ),
        (text) => {
          const first = checkWebhookUrl(text, policy);
          if ('url' in first) expect(checkWebhookUrl(first.url, policy)).toEqual(first);
        },
      ),
    );
  });
});
