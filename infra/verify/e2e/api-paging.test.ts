/** The lists walked page by page, with every filter: nothing missing, nothing twice, newest first. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { EventView } from '../../../lib/events/event.ts';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import type { Answer } from '../kit/client.ts';
import { makeConformance, type OpenApiDocument } from '../kit/openapi-conformance.ts';
import { DAY_MS } from '../kit/test-stack.ts';
import { expectErrors, useTestStack } from '../kit/vitest.ts';

const conformance = makeConformance();
const stack = useTestStack({ onAnswer: conformance.onAnswer });

const NOTIFICATIONS = '/api/v1/notifications';
const EVENTS = '/api/v1/events/';
const TOTAL = 26;
const BASE = Date.parse('2028-01-01T00:00:00Z');
let made: NotificationView[] = [];
let published: EventView[] = [];

interface Row {
  id: string;
  created_at: string;
}

const nextOf = (answer: Answer<unknown>): string | undefined => {
  const link = answer.headers.get('link');
  if (link === null) return undefined;
  expect(link).toMatch(new RegExp(`^<${stack.processes.apiUrl}/api/v1/[^<>]+>; rel="next"$`));
  return link.slice(1, link.indexOf('>'));
};

/** Follows `Link` to its end; every page is an array of at most `limit`, all filters stay in the link. */
const walk = async <T extends Row>(
  path: string,
  query: Record<string, string>,
): Promise<{ rows: T[]; pages: number }> => {
  const rows: T[] = [];
  let pages = 0;
  for (let next: string | undefined = `${path}?${new URLSearchParams(query)}`; next; pages += 1) {
    const answer: Answer<T[]> = await stack.api<T[]>('GET', next);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.length).toBeLessThanOrEqual(Number(query.limit ?? 50));
    rows.push(...answer.body);
    next = nextOf(answer);
    if (next) expect(Object.fromEntries(new URL(next, 'http://any').searchParams)).toMatchObject(query);
  }
  return { rows, pages };
};

const ids = (rows: Row[]): string[] => rows.map(({ id }) => id).sort();
const expectNewestFirst = (rows: Row[]): void => {
  const times = rows.map(({ created_at }) => created_at);
  expect(times).toEqual(times.toSorted().reverse());
};

beforeAll(async () => {
  const numbers = Array.from({ length: TOTAL }, (_, n) => n);
  const notification = (n: number) =>
    stack.create({
      entity_id: n % 2 ? 'odd & more' : 'even',
      notification_type: n % 3 ? 'user.signup' : 'payment.failed',
      send_at: new Date(BASE + n * DAY_MS).toISOString(),
    });
  const event = async (n: number) => {
    const body = { type: n % 3 ? 'plain' : 'third', source: n % 2 ? 'odd & more' : 'even', payload: { n } };
    return (await stack.api<EventView>('POST', EVENTS, body)).body;
  };
  made = await Promise.all(numbers.map(notification));
  published = await Promise.all(numbers.map(event));
  await Promise.all(
    made.slice(0, 5).map(async ({ id }) => {
      expect((await stack.api('DELETE', `${NOTIFICATIONS}/${id}`)).status).toBe(200);
    }),
  );
});

describe.concurrent('GET /notifications/', () => {
  const where = (keep: (n: NotificationView, index: number) => boolean) => ids(made.filter(keep));
  test.each<[string, Record<string, string>, (n: NotificationView, index: number) => boolean]>([
    ['no filter', {}, () => true],
    ['entity_id', { entity_id: 'odd & more' }, (n) => n.entity_id === 'odd & more'],
    ['notification_type', { notification_type: 'user.signup' }, (n) => n.notification_type === 'user.signup'],
    [
      'both',
      { entity_id: 'even', notification_type: 'user.signup' },
      (n) => n.entity_id === 'even' && n.notification_type === 'user.signup',
    ],
    ['status', { status: 'CANCELED' }, (_, index) => index < 5],
    ['due_after, inclusive', { due_after: '2028-01-11' }, (_, index) => index >= 10],
    ['due_before, exclusive', { due_before: '2028-01-11T00:00:00Z' }, (_, index) => index < 10],
    [
      'all of them',
      { entity_id: 'even', status: 'CANCELED', due_after: '2028-01-02', due_before: '2028-01-20' },
      (n, index) => n.entity_id === 'even' && index >= 1 && index < 5,
    ],
    ['what nothing has', { entity_id: 'unused' }, () => false],
  ])('filters by: %s', async (_name, query, keep) => {
    const { rows, pages } = await walk<NotificationView>(NOTIFICATIONS, { ...query, limit: '4' });
    expect(ids(rows)).toEqual(where(keep));
    expectNewestFirst(rows);
    if (rows.length > 8) expect(pages).toBeGreaterThan(2);
  });
});

describe.concurrent('GET /events/', () => {
  test.each<[string, Record<string, string>, (n: EventView) => boolean]>([
    ['no filter', {}, () => true],
    ['type', { type: 'plain' }, (event) => event.type === 'plain'],
    ['source', { source: 'odd & more' }, (event) => event.source === 'odd & more'],
    ['both', { type: 'third', source: 'even' }, (event) => event.type === 'third' && event.source === 'even'],
  ])('filters by: %s', async (_name, query, keep) => {
    const { rows, pages } = await walk<EventView>(EVENTS, { ...query, limit: '4' });
    expect(ids(rows)).toEqual(ids(published.filter(keep)));
    expectNewestFirst(rows);
    if (rows.length > 8) expect(pages).toBeGreaterThan(2);
  });

  test('since is inclusive, until exclusive, and together they part the list', async () => {
    const middle = published.map(({ created_at }) => created_at).sort()[TOTAL / 2] ?? '';
    const [older, newer] = await Promise.all([
      walk<EventView>(EVENTS, { until: middle, limit: '5' }),
      walk<EventView>(EVENTS, { since: middle, limit: '5' }),
    ]);
    expect(older.rows.every(({ created_at }) => created_at < middle)).toBe(true);
    expect(newer.rows.every(({ created_at }) => created_at >= middle)).toBe(true);
    expect(ids([...older.rows, ...newer.rows])).toEqual(ids(published));
  });
});

describe.concurrent('limit and cursor', () => {
  test.each([
    [NOTIFICATIONS, '1', 1],
    [NOTIFICATIONS, '26', 26],
    [NOTIFICATIONS, '100', 26],
    [EVENTS, '007', 7],
  ])('%s?limit=%s answers %i', async (path, limit, length) => {
    expect((await stack.api('GET', `${path}?limit=${limit}`)).body).toHaveLength(length);
  });

  test('what is created between two pages does not repeat or hide anything', async () => {
    const first = await stack.api<EventView[]>('GET', `${EVENTS}?type=plain&limit=3`);
    await stack.api('POST', EVENTS, { type: 'plain', source: 'late', payload: {} });
    const second = await stack.api<EventView[]>('GET', nextOf(first) ?? '');
    const all = published.filter(({ type }) => type === 'plain').map(({ id }) => id);
    expect(new Set([...first.body, ...second.body].map(({ id }) => id)).size).toBe(6);
    for (const { id } of [...first.body, ...second.body]) expect(all).toContain(id);
  });

  test('a page may be of another size than the one before', async () => {
    const first = await stack.api<NotificationView[]>('GET', `${NOTIFICATIONS}?limit=2`);
    const next = new URL(nextOf(first) ?? '', 'http://any');
    next.searchParams.set('limit', '100');
    const rest = await stack.api<NotificationView[]>('GET', next.pathname + next.search);
    expect(ids([...first.body, ...rest.body])).toEqual(ids(made));
    expect(nextOf(rest)).toBeUndefined();
  });

  test('400 for a cursor that was changed, or carried to another filter or list', async () => {
    const first = await stack.api('GET', `${NOTIFICATIONS}?entity_id=even&limit=2`);
    const cursor = new URL(nextOf(first) ?? '', 'http://any').searchParams.get('cursor') ?? '';
    const flipped = [0, 10, cursor.length - 1].map((at) => {
      const other = cursor[at] === 'A' ? 'B' : 'A';
      return `${NOTIFICATIONS}?entity_id=even&cursor=${cursor.slice(0, at)}${other}${cursor.slice(at + 1)}`;
    });
    const elsewhere = [`${NOTIFICATIONS}?entity_id=odd`, `${NOTIFICATIONS}?limit=2`, `${EVENTS}?limit=2`].map(
      (url) => `${url}&cursor=${cursor}`,
    );
    const longer = `${NOTIFICATIONS}?entity_id=even&cursor=${cursor}AAAA`;
    for (const url of [...flipped, ...elsewhere, longer]) {
      expectErrors(await stack.api('GET', url), 'invalid-cursor', ['/query/cursor']);
    }
    const slash = await stack.api('GET', `${NOTIFICATIONS}/?cursor=${cursor}&entity_id=even`);
    expect(slash.status, 'with a trailing slash it is the same list').toBe(200);
  });
});

test('every answer is as /openapi.json says', async () => {
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  expect(conformance.differences(body)).toEqual([]);
});
