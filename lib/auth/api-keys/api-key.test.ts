import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApiKey, created, isActive, revoked, rotated, validHashes } from './api-key.ts';

const HOUR_MS = 3_600_000;
const retentionMs = 30 * 24 * HOUR_MS;
const make = (expiresAt?: number): ApiKey =>
  created(
    {
      id: 'key_1',
      tenant: 'default',
      hash: 'h0',
      input: { name: 'n', scopes: ['admin'], ...(expiresAt !== undefined && { expiresAt }) },
    },
    { now: 0, writeId: 'w', retentionMs },
  );

describe('a key', () => {
  it('is good until it expires, and its record stays for the retention', () => {
    const key = make(HOUR_MS);
    expect([0, HOUR_MS - 1, HOUR_MS].map((at) => validHashes(key, at))).toEqual([['h0'], ['h0'], []]);
    expect(key.removedAt).toBe((HOUR_MS + retentionMs) / 1_000);
    expect(make().removedAt, 'what can be used forever is kept forever').toBeUndefined();
  });

  it('that is revoked has no hash left, nor any way back', () => {
    const key = revoked(make(), { now: 5, writeId: 'x', retentionMs });
    expect([key.secrets, isActive(key, 0), validHashes(key, 0)]).toEqual([[], false, []]);
  });
});

describe('rotation', () => {
  const turn = (key: ApiKey, hash: string, now: number, overlapMs: number) =>
    rotated(key, hash, { now, writeId: hash, overlapMs });

  it('keeps the earlier secret for the overlap, and with none ends it at once', () => {
    const key = turn(make(), 'h1', 1_000, HOUR_MS);
    expect(validHashes(key, 1_000 + HOUR_MS - 1)).toEqual(['h1', 'h0']);
    expect(validHashes(key, 1_000 + HOUR_MS)).toEqual(['h1']);
    expect(validHashes(turn(key, 'h2', 2_000, 0), 2_000), 'all of them').toEqual(['h2']);
  });

  it('repeated after a lost answer leaves the first secret to those who use it', () => {
    const key = turn(turn(make(), 'lost', 0, HOUR_MS), 'h2', 1_000, HOUR_MS);
    expect(validHashes(key, HOUR_MS - 1)).toContain('h0');
  });

  it('never lets a secret live longer than a rotation said, and keeps a bounded number of them', () => {
    const steps = fc.array(fc.record({ pass: fc.nat(HOUR_MS), overlap: fc.nat(2 * HOUR_MS) }), { maxLength: 12 });
    fc.assert(
      fc.property(steps, (rotations) => {
        let key = make();
        let now = 0;
        const ends = new Map<string, number>();
        for (const [n, { pass, overlap }] of rotations.entries()) {
          now += pass;
          for (const { hash } of key.secrets) ends.set(hash, Math.min(ends.get(hash) ?? Infinity, now + overlap));
          key = turn(key, `h${n + 1}`, now, overlap);
          expect(key.secrets.length).toBeLessThanOrEqual(5);
          for (const [hash, end] of ends) expect(validHashes(key, end)).not.toContain(hash);
          expect(validHashes(key, now)[0]).toBe(`h${n + 1}`);
        }
      }),
    );
  });
});
