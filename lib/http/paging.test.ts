import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { viewNotification } from '../notifications/view.ts';
import { pagingQuery } from '../schema/paging.ts';
import type { ListQuery } from '../store/page.ts';
import { makeTestClock } from '../testing/clock.ts';
import { apiEvent, lambdaContext } from '../testing/http-events.ts';
import { makeMemoryNotificationStore } from '../testing/memory-notification-store.ts';
import { makeNotification } from '../testing/notification-store.conformance.ts';
import { makeCursors } from './cursor.ts';
import { listReply } from './paging.ts';
import { publicRoute } from './route.ts';

const LAMBDA_BYTES_MAX = 6_291_456;
const RECORDS = 40;

const setUp = async (changes: Parameters<typeof makeNotification>[0]) => {
  const { store } = makeMemoryNotificationStore(makeTestClock());
  const items = Array.from({ length: RECORDS }, (_, n) =>
    makeNotification({ tenant: 'default', createdAt: n, ...changes }),
  );
  for (const item of items) await store.create(item);
  const limits: number[] = [];
  const read = (at: ListQuery) => {
    limits.push(at.limit);
    return store.list(at);
  };
  const handler = publicRoute({ query: z.object(pagingQuery) }, (request) =>
    listReply(request, makeCursors('secret'), read, viewNotification),
  );
  const pages: { bytes: number; ids: string[] }[] = [];
  for (let query: string | undefined = 'limit=100'; query !== undefined; ) {
    const result: Awaited<ReturnType<typeof handler>> = await handler(
      apiEvent({ method: 'GET', path: '/things', query }),
      lambdaContext(),
    );
    expect(result.statusCode).toBe(200);
    const rows = JSON.parse(result.body ?? '') as { id: string }[];
    pages.push({ bytes: Buffer.byteLength(JSON.stringify(result)), ids: rows.map(({ id }) => id) });
    query = /\?(.*)>; rel="next"$/.exec(String(result.headers?.link ?? ''))?.[1];
  }
  return { pages, limits, ids: items.map(({ id }) => id).reverse() };
};

describe('a list of large records', () => {
  // As stored they are 60 to 250 KB; encoded and escaped once more up to seven times that.
  it.each([
    ['text', { body: 'x'.repeat(250_000) }],
    ['quotes', { body: '"\\'.repeat(125_000) }],
    ['control characters', { body: '\u0001'.repeat(250_000) }],
    ['characters of three bytes', { body: '€'.repeat(83_000) }],
    ['lone surrogates', { body: '\ud800'.repeat(40_000) }],
    ['template values', { data: Object.fromEntries(Array.from({ length: 8_000 }, (_, n) => [`"${n}"`, '"\n"'])) }],
  ])('of %s comes whole, page by page, each within what a Lambda may answer', async (_, changes) => {
    const { pages, ids } = await setUp(changes);
    expect(pages.flatMap((page) => page.ids)).toEqual(ids);
    expect(Math.max(...pages.map(({ bytes }) => bytes))).toBeLessThanOrEqual(LAMBDA_BYTES_MAX);
    expect(Math.min(...pages.map((page) => page.ids.length))).toBeGreaterThan(0);
  });

  it('is read once a page unless encoding makes it too large', async () => {
    const plain = await setUp({ body: 'x'.repeat(250_000) });
    expect(plain.limits).toHaveLength(plain.pages.length);
    const quotes = await setUp({ body: '"\\'.repeat(125_000) });
    expect(quotes.limits.length).toBeGreaterThan(quotes.pages.length);
  });
});

describe('a list of small records', () => {
  it('is one page with all of them', async () => {
    const { pages, limits, ids } = await setUp({});
    expect(pages.map((page) => page.ids)).toEqual([ids]);
    expect(limits).toEqual([100]);
  });
});

/** Lists whose reads end one by one; `held` says whose are being read. */
const manyLists = () => {
  const reading: { tenant: string; end(): void }[] = [];
  const list = (tenant: string, record = 'x') => {
    const read = () =>
      new Promise<{ items: string[] }>((resolve) => {
        reading.push({ tenant, end: () => resolve({ items: [record] }) });
      });
    return listReply(
      { path: '/things', tenant, queryString: '', query: {} },
      makeCursors('secret'),
      read,
      (item) => item,
    );
  };
  const turn = () => new Promise(setImmediate);
  const end = async (): Promise<void> => {
    for (let next = reading.shift(); next; next = reading.shift()) {
      next.end();
      await turn();
    }
  };
  return { list, turn, end, held: () => reading.map(({ tenant }) => tenant) };
};

describe('lists at once', () => {
  it('of unknown sizes are made one at a time for a tenant, and others have their turn', async () => {
    const { list, turn, end, held } = manyLists();
    const answers = [...Array.from({ length: 20 }, () => list('noisy')), list('quiet')];
    await turn();
    expect(held()).toEqual(['noisy', 'quiet']);
    await end();
    expect(await Promise.all(answers)).toHaveLength(21);
  });

  it('that are small are all made at once, once that is known', async () => {
    const { list, turn, end, held } = manyLists();
    const first = list('small');
    await turn();
    await end();
    await first;
    const answers = Array.from({ length: 200 }, () => list('small'));
    await turn();
    expect(held()).toHaveLength(200);
    await end();
    await Promise.all(answers);
  });

  it('that are large are made three at a time for a tenant', async () => {
    const { list, turn, end, held } = manyLists();
    const first = list('large', 'x'.repeat(2_000_000));
    await turn();
    await end();
    await first;
    const answers = Array.from({ length: 20 }, () => list('large'));
    await turn();
    expect(held()).toHaveLength(3);
    await end();
    await Promise.all(answers);
  });
});
