import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeByteBudget } from './byte-budget.ts';

describe('a byte budget', () => {
  it('gives one share half of it, and another then still half of the rest', () => {
    const budget = makeByteBudget<string>(120);
    expect([budget.take('a', 60), budget.take('a', 1)]).toEqual([true, false]);
    expect([budget.take('b', 30), budget.take('b', 1)]).toEqual([true, false]);
    budget.give('a', 60);
    expect([budget.heldBy('a'), budget.held()]).toEqual([0, 30]);
    expect(budget.take('b', 15)).toBe(true);
  });

  it('is never full: half of what is free is there for a newcomer', () => {
    const takes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 40 })));
    fc.assert(
      fc.property(takes, (all) => {
        const budget = makeByteBudget<string>(100);
        for (const [share, bytes] of all) budget.take(share, bytes);
        const free = 100 - budget.held();
        expect(free).toBeGreaterThan(0);
        expect([budget.take('new', free / 2 + 1), budget.take('new', free / 2)]).toEqual([false, true]);
      }),
    );
  });
});
