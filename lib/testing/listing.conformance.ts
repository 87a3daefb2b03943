/** Walking the pages gives exactly what the filters select, newest first, without gaps or repeats. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ListQuery, PAGE_BYTES_MAX, type Page } from '../store/page.ts';
import { sortKeyAt } from '../store/sort-key.ts';

interface Listed {
  id: string;
  createdAt: number;
}

export const walk = async <Q extends ListQuery, T>(list: (query: Q) => Promise<Page<T>>, query: Q): Promise<T[]> => {
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
  items.toSorted((a, b) => (sortKeyAt(a.createdAt, a.id) < sortKeyAt(b.createdAt, b.id) ? 1 : -1)).map(({ id }) => id);

/** Windows that begin, end and are empty at the very times of items. */
export const windowOf = (times: number[]): fc.Arbitrary<{ since?: number; until?: number }> =>
  fc.record({ since: fc.constantFrom(...times), until: fc.constantFrom(...times) }, { requiredKeys: [] });

export const inWindow = (at: number, { since = 0, until = Number.POSITIVE_INFINITY }: ListQuery): boolean =>
  at >= since && at < until;

const LARGE = 30;
const LARGE_BYTES = 250_000;

/** What every list promises of records that are large, but allowed. */
export const pagesEndByBytes = <T extends Listed>(kit: {
  /** A record of the tenant `large` with that text in it, stored. */
  store(text: string, createdAt: number): Promise<T>;
  list(query: ListQuery & { limit: number }): Promise<Page<T>>;
}): void =>
  it('ends a page by its bytes too, and walks through all of them', async () => {
    const stored: T[] = [];
    for (let n = 0; n < LARGE; n += 1) stored.push(await kit.store('x'.repeat(LARGE_BYTES), 1_800_000_000_000 + n));
    const query = { tenant: 'large', limit: 100 };
    const first = await kit.list(query);
    expect(first.items.length).toBe(Math.floor(PAGE_BYTES_MAX / LARGE_BYTES) - 1);
    expect(first.next).toBeDefined();
    expect((await walk(kit.list, query)).map(({ id }) => id)).toEqual(newestFirst(stored));
    expect(await kit.list({ ...query, limit: 1 })).toMatchObject({ items: [{ id: newestFirst(stored)[0] }] });
  });
