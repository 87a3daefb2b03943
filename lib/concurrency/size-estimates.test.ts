import { describe, expect, it } from 'vitest';
import { makeSizeEstimates } from './size-estimates.ts';

describe('the estimate of a size', () => {
  it('is the largest of the last ones, and shrinks with each smaller one', () => {
    const sizes = makeSizeEstimates({ decay: 0.5 });
    expect(sizes.of('a')).toBeUndefined();
    for (const [bytes, estimate] of [
      [100, 100],
      [400, 400],
      [10, 200],
      [10, 100],
      [90, 90],
    ] as const) {
      sizes.note('a', bytes);
      expect(sizes.of('a')).toBe(estimate);
    }
    expect(sizes.of('b')).toBeUndefined();
  });

  it('is not kept while it is negligible', () => {
    const sizes = makeSizeEstimates({ decay: 0.5, negligibleBytes: 50 });
    sizes.note('a', 50);
    expect(sizes.of('a')).toBeUndefined();
    sizes.note('a', 51);
    expect(sizes.of('a')).toBe(51);
    sizes.note('a', 1);
    expect(sizes.of('a')).toBeUndefined();
  });

  it('is kept for the 1,000 kinds that were noted last', () => {
    const sizes = makeSizeEstimates({ decay: 0.5 });
    for (let kind = 0; kind < 1_000; kind += 1) sizes.note(String(kind), 1);
    sizes.note('0', 1);
    sizes.note('new', 1);
    expect([sizes.of('0'), sizes.of('1'), sizes.of('2'), sizes.of('new')]).toEqual([1, undefined, 1, 1]);
  });
});
