import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EndpointKeys } from '../../schema/signing-keys.ts';
import { makeEndpoint } from '../../testing/endpoint.ts';
import { type Endpoint, signingKeys } from '../endpoint.ts';
import { viewEndpoint } from '../view.ts';
import { deleteEndpoint, disableEndpoint, enableEndpoint, patchEndpoint, rotateKeys } from './endpoint-state.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
/** Names stand for keys: what is asked here is who signs when. */
const named = (name: string): EndpointKeys => ({
  secret: `s-${name}`,
  privateKey: `p-${name}`,
  publicKey: `k-${name}`,
});
const names = (endpoint: Endpoint, now: number) => signingKeys(endpoint, now).map(({ secret }) => secret.slice(2));

describe('rotation', () => {
  const rotation = fc.record({
    afterMs: fc.integer({ min: 0, max: 100 }),
    overlapMs: fc.integer({ min: 0, max: 100 }),
  });

  it('the newest always signs, first; an older one until the least overlap of those after it, and at most 5 sign', () => {
    fc.assert(
      fc.property(fc.array(rotation, { maxLength: 12 }), fc.integer({ min: 0, max: 300 }), (rotations, laterMs) => {
        let now = START;
        let endpoint = makeEndpoint({ keys: [named('0')] });
        let model: { name: string; until: number }[] = [{ name: '0', until: Number.POSITIVE_INFINITY }];
        for (const [index, { afterMs, overlapMs }] of rotations.entries()) {
          now += afterMs;
          endpoint = rotateKeys(endpoint, named(String(index + 1)), overlapMs, { now, writeId: `w${index}` });
          const older = model.map(({ name, until }) => ({ name, until: Math.min(until, now + overlapMs) }));
          model = [
            { name: String(index + 1), until: Number.POSITIVE_INFINITY },
            ...older.filter((one) => one.until > now),
          ];
          model = model.slice(0, 5);
          expect(endpoint.version).toBe(index + 2);
        }
        const at = now + laterMs;
        expect(names(endpoint, at)).toEqual(model.filter(({ until }) => at < until).map(({ name }) => name));
        expect(names(endpoint, at)[0]).toBe(String(rotations.length));
      }),
    );
  });

  it('an overlap of 0 ends all older keys at once', () => {
    const on = { now: START, writeId: 'w' };
    const twice = rotateKeys(makeEndpoint({ keys: [named('0')] }), named('1'), 1_000, on);
    expect(names(twice, START)).toEqual(['1', '0']);
    expect(names(rotateKeys(twice, named('2'), 0, on), START)).toEqual(['2']);
  });
});

describe('a patch', () => {
  const optionals = { description: fc.string(), retry_schedule: fc.array(fc.nat()), rate_limit: fc.nat() };
  const nullable = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });
  const patches = fc.record(
    {
      url: fc.webUrl(),
      description: nullable(optionals.description),
      headers: nullable(fc.dictionary(fc.constantFrom('a', 'b', 'c'), nullable(fc.string()))),
      retry_schedule: nullable(optionals.retry_schedule),
      rate_limit: nullable(optionals.rate_limit),
      max_concurrency: nullable(fc.nat()),
    },
    { requiredKeys: [] },
  );

  it('is a merge (RFC 7396): twice is once, what is absent stays, null removes, and nothing else moves', () => {
    const endpoint = makeEndpoint({
      headers: { a: '1', b: '2' },
      description: 'd',
      rateLimit: 1,
      disabledAt: START,
      disabledReason: 'manual',
    });
    const on = { now: START + 1, writeId: 'w' };
    fc.assert(
      fc.property(patches, (patch) => {
        const next = patchEndpoint(endpoint, patch, on);
        expect(patchEndpoint(next, patch, on)).toEqual({ ...next, version: next.version + 1 });
        const { url, description, headers, retrySchedule, rateLimit, maxConcurrency, ...rest } = next;
        expect(url).toBe(patch.url ?? endpoint.url);
        expect(description).toBe(patch.description === undefined ? 'd' : (patch.description ?? undefined));
        expect(rateLimit).toBe(patch.rate_limit === undefined ? 1 : (patch.rate_limit ?? undefined));
        expect(retrySchedule).toEqual(patch.retry_schedule ?? undefined);
        expect(maxConcurrency).toBe(patch.max_concurrency ?? undefined);
        for (const name of ['a', 'b', 'c']) {
          const asked = patch.headers === null ? null : patch.headers?.[name];
          expect(headers[name]).toBe(asked === undefined ? endpoint.headers[name] : (asked ?? undefined));
        }
        expect(Object.values(next)).not.toContain(undefined);
        expect(rest).toMatchObject({ keys: endpoint.keys, disabledAt: START, version: 2, updatedAt: START + 1 });
      }),
    );
  });
});

describe('disabling and enabling', () => {
  const on = { now: START, writeId: 'w' };

  it('keeps the first reason, and where a replay begins through the enabling', () => {
    const disabled = disableEndpoint(makeEndpoint(), 'failing', START - 5_000, on);
    expect(disabled).toMatchObject({ disabledReason: 'failing', disabledAt: START, replayFrom: START - 5_000 });
    expect(disableEndpoint(disabled, 'manual', undefined, { now: START + 1, writeId: 'x' })).toBe(disabled);
    const enabled = enableEndpoint(disabled, { now: START + 2, writeId: 'y' });
    expect(enabled).toMatchObject({ replayFrom: START - 5_000, version: 3 });
    expect(enabled).not.toHaveProperty('disabledAt');
    expect(enabled).not.toHaveProperty('disabledReason');
    expect(enableEndpoint(enabled, on)).toBe(enabled);
    expect(disableEndpoint(enabled, 'manual', undefined, { now: START + 9, writeId: 'z' }).replayFrom).toBe(START + 9);
  });

  it('of a deleted one changes nothing, and nothing secret is left of it', () => {
    const deleted = deleteEndpoint(makeEndpoint({ headers: { a: 'b' } }), 60_000, on);
    expect(deleted).toMatchObject({ keys: [], headers: {}, deletedAt: START, expiresAt: START / 1000 + 60 });
    expect(disableEndpoint(deleted, 'gone', undefined, on)).toBe(deleted);
  });
});

it('a view never shows a header’s value or a private key, and a secret only where it was made', () => {
  const endpoint = rotateKeys(
    makeEndpoint({ headers: { authorization: 'Bearer b', 'x-own': 'hidden' } }),
    named('1'),
    1_000,
    { now: START, writeId: 'w' },
  );
  const health = { circuit: 'open' as const, consecutiveFailures: 7, failingSince: START, nextProbeAt: START + 1 };
  const view = viewEndpoint({ endpoint, health }, { now: START });
  expect(view).toMatchObject({
    header_names: ['authorization', 'x-own'],
    state: 'enabled',
    public_key: 'k-1',
    rotation_ends_at: '2026-03-01T12:00:01.000Z',
    health: {
      circuit: 'open',
      consecutive_failures: 7,
      failing_since: '2026-03-01T12:00:00.000Z',
      next_probe_at: '2026-03-01T12:00:00.001Z',
    },
  });
  expect(JSON.stringify(view)).not.toMatch(/Bearer|hidden|whsec_|whsk_|s-1|p-1/);
  expect(viewEndpoint({ endpoint, health }, { now: START + 1_000 })).not.toHaveProperty('rotation_ends_at');
  expect(viewEndpoint({ endpoint, health }, { now: START, secret: true }).secret).toBe('s-1');
});
