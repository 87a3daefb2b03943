/** Where a message may go. A new channel, and a new sender, fail here by their names. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHANNEL_NAMES } from '../schema/channel-names.ts';
import type { RecipientKindName } from '../schema/recipient-kinds.ts';
import { recipientPatterns, redirects } from '../schema/recipient-rules.ts';
import { makeDestinationOf } from './destinations.ts';
import { declarations } from './index.ts';

const made = (allowed?: string, redirect?: string) =>
  makeDestinationOf({
    allowed: allowed === undefined ? undefined : recipientPatterns.parse(allowed),
    redirects: redirect === undefined ? undefined : redirects.parse(redirect),
  });

const SAMPLES: Record<RecipientKindName, { address: string; pattern: string; instead: string }> = {
  email: { address: 'ada@customer.example', pattern: '*@customer.example', instead: 'staging@example.com' },
  phone: { address: '+4915112345678', pattern: '+49151*', instead: '+4915200000000' },
  webhook: { address: 'https://customer.example/in', pattern: 'customer.example', instead: 'https://hooks.example/' },
};
const PATTERNS = Object.values(SAMPLES).map(({ pattern }) => pattern);

describe.each(CHANNEL_NAMES)('a message of the channel %s', (name) => {
  const kind = declarations[name].sendsTo;
  const { address, pattern, instead } = SAMPLES[kind];

  it('goes to its recipient where neither is set', () => {
    expect(made()(name, address)).toEqual({ to: address });
  });

  it('goes to a recipient that a pattern of its kind matches, and to no other', () => {
    expect(made(pattern, `${kind}=${instead}`)(name, address)).toEqual({ to: address });
    const others = PATTERNS.filter((other) => other !== pattern).join(' ');
    expect(made(others)(name, address)).toBeUndefined();
  });

  it('goes to the address of its kind instead, as soon as one of both is set', () => {
    const redirected = { to: instead, redirected: true };
    expect(made(undefined, `${kind}=${instead}`)(name, address)).toEqual(redirected);
    expect(made('x@example.com', `${kind}=${instead}`)(name, address)).toEqual(redirected);
  });

  it('goes nowhere where its kind has no such address', () => {
    const others = Object.entries(SAMPLES).filter(([other]) => other !== kind);
    const redirect = others.map(([other, sample]) => `${other}=${sample.instead}`).join(' ');
    expect(made(undefined, redirect)(name, address)).toBeUndefined();
  });
});

it('is decided for each sender: by the limits of the receiver for a delivery, by itself for a test of an endpoint', () => {
  const root = join(import.meta.dirname, '..');
  const files = globSync('**/*.ts', { cwd: root }).filter((file) => !/\.(test|testing)\.ts$|^testing\//.test(file));
  const sending = files.filter((file) => /\bchannels?(\[\w+\])?\.send\(/.test(readFileSync(join(root, file), 'utf8')));
  expect(sending.toSorted()).toEqual(['delivery/attempt.ts', 'delivery/send-test.ts']);
});
