import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Caused, FENCE_KEPT_MS, FENCES_MAX, type Fence, type Fences, isCovered, raised } from './fence.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const none: Fences = { id: 'fen_1', tenant: 'acme', fences: [], createdAt: NOW, writeId: 'w0' };
const on = { now: NOW, writeId: 'w1' };
const raisedAll = (fences: readonly Fence[]): Fences | undefined =>
  fences.reduce<Fences | undefined>((item, fence) => item && raised(item, fence, on), none);

const time = fc.integer({ min: NOW - 10, max: NOW });
const fence: fc.Arbitrary<Fence> = fc.record(
  {
    asOf: time,
    jobId: fc.constantFrom('blk_1', 'blk_2'),
    group: fc.constantFrom('fen_a', 'fen_b'),
    type: fc.constantFrom('custom', 'user.signup'),
    dueAfter: time,
    dueBefore: time,
  },
  { requiredKeys: ['asOf', 'jobId'] },
);
const caused: fc.Arbitrary<Caused> = fc.record({
  tenant: fc.constant('acme'),
  type: fc.constantFrom('custom', 'user.signup'),
  entityId: fc.constant('user-1'),
  sendAt: time,
  acceptedAt: time,
});

describe('the fences of an entity', () => {
  it('cover, merged, what each of them alone covers, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fence, { maxLength: 12 }), caused, (fences, one) => {
        const merged = raisedAll(fences)?.fences ?? [];
        expect(merged.some((each) => isCovered(each, one))).toBe(fences.some((each) => isCovered(each, one)));
      }),
    );
  });

  it('are replaced by a later one without filters, and one that is covered already is not written', () => {
    const filtered = raisedAll([
      { asOf: NOW - 2, jobId: 'blk_1', type: 'custom' },
      { asOf: NOW - 2, jobId: 'blk_2', dueAfter: NOW },
    ]);
    expect(filtered?.fences).toHaveLength(2);
    const all = filtered && raised(filtered, { asOf: NOW, jobId: 'blk_3' }, on);
    expect(all?.fences).toEqual([{ asOf: NOW, jobId: 'blk_3' }]);
    expect(all && raised(all, { asOf: NOW - 1, jobId: 'blk_4', type: 'custom' }, on)).toBe(all);
  });

  it('are 100 at most, each kept for 400 days', () => {
    const numbered = Array.from({ length: FENCES_MAX }, (_, n) => ({ asOf: NOW, jobId: 'blk_1', type: `type.${n}` }));
    const full = raisedAll(numbered);
    expect(full?.expiresAt).toBe((NOW + FENCE_KEPT_MS) / 1000);
    const more = { asOf: NOW, jobId: 'blk_1', type: 'custom' };
    expect(full && raised(full, more, on)).toBeUndefined();
    const later = { now: NOW + FENCE_KEPT_MS, writeId: 'w2' };
    expect(full && raised(full, { ...more, asOf: later.now }, later)?.fences).toEqual([{ ...more, asOf: later.now }]);
  });
});
