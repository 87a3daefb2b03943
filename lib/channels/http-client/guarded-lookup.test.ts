import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { BLOCKED, guardedLookup } from './guard.ts';

const strict = { allowPrivate: false };
const lax = { allowPrivate: true };

const resolving =
  (...answers: string[][]): LookupFunction =>
  (_hostname, _options, callback) => {
    const addresses: LookupAddress[] = (answers.length > 1 ? answers.shift() : answers[0])?.map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    })) as LookupAddress[];
    callback(null, addresses);
  };

const resolve = (lookup: LookupFunction, options = {}): Promise<string | LookupAddress[]> =>
  new Promise((done, fail) =>
    lookup('hooks.example.com', options, (error, found) => (error ? fail(error) : done(found))),
  );

describe('guardedLookup', () => {
  it('hands on public addresses, all or the first as asked', async () => {
    const lookup = guardedLookup(resolving(['8.8.8.8', '2606:4700::1111']), strict);
    expect(await resolve(lookup, { all: true })).toHaveLength(2);
    expect(await resolve(lookup)).toBe('8.8.8.8');
  });

  it('refuses the whole answer when one address in it is blocked', async () => {
    const lookup = guardedLookup(resolving(['8.8.8.8', '10.0.0.1']), strict);
    await expect(resolve(lookup, { all: true })).rejects.toMatchObject({ code: BLOCKED });
  });

  it('refuses an empty answer', async () => {
    await expect(resolve(guardedLookup(resolving([]), strict))).rejects.toMatchObject({ code: BLOCKED });
  });

  it('refuses metadata addresses where private ones are allowed', async () => {
    expect(await resolve(guardedLookup(resolving(['127.0.0.1']), lax))).toBe('127.0.0.1');
    await expect(resolve(guardedLookup(resolving(['169.254.169.254']), lax))).rejects.toMatchObject({ code: BLOCKED });
  });
});
