/** Walking the pages gives exactly what the filters select, newest first, without gaps or repeats. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { ListQuery, Page } from '../ports.ts';
import { positionAt } from '../position.ts';

interface Listed {
  id: string;
  createdAt: number;
}

export const walk = async <Q extends ListQuery, T extends Listed>(
  list: (query: Q) => Promise<Page<T>>,
  query: Q,
): Promise<T[]> => {
  const items: T[] = [];
  for (let next: string | undefined = '', pages = 0; next !== undefined; pages += 1) {
    // A page may be short, but the walk must come to its end.
    expect(pages).toBeLessThan(200);
    const page: Page<T> = await list(next === '' ? query : { ...query, before: next });
    expect(page.items.length).toBeLessThanOrEqual(query.limit);
    items.push(...page.items);
    next = page.next;
  }
  return items;
};

export const newestFirst = <T extends Listed>(items: T[]): string[] =>
  items
    .toSorted((a, b) => (positionAt(a.createdAt, a.id) < positionAt(b.createdAt, b.id) ? 1 : -1))
    .map(({ id }) => id);

/** Windows that begin, end and are empty at the very times of items. */
export const windowOf = (times: number[]): fc.Arbitrary<{ since?: number; until?: number }> =>
  fc.record({ since: fc.constantFrom(...times), until: fc.constantFrom(...times) }, { requiredKeys: [] });

export const inWindow = (at: number, { since = 0, until = Number.POSITIVE_INFINITY }: ListQuery): boolean =>
  at >= since && at < until;
