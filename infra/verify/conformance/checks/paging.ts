/** The lists walked page by page: nothing missing, nothing twice, newest first, and no cursor but theirs. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Answer } from '../../kit/client.ts';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus, pathOf } from '../expect.ts';
import { DAY_MS, type Service } from '../service.ts';
import { EVENTS, type Event, NOTIFICATIONS, type Notification } from '../shapes.ts';

const check = inGroup('lists');

const TOTAL = 7;
const LIMIT = 3;
const PAGES_MAX = 50;
/** Of a Lambda's answer, in which the body is a JSON string. */
const ANSWER_BYTES_MAX = 6_291_456;
/** Together more than one answer holds. */
const LARGE_TOTAL = 24;
const LARGE_QUOTES = 110_000;

interface Row {
  id: string;
  created_at: string;
}

const nextOf = (answer: Answer<unknown>): string | undefined => {
  const link = answer.headers.get('link');
  if (link === null) return undefined;
  match(link, /^<[^<>]+\/api\/v1\/[^<>]+>; rel="next"$/);
  return pathOf(link.slice(1, link.indexOf('>')));
};

const walk = async <T extends Row>({ api }: Service, path: string, query: Record<string, string>): Promise<T[]> => {
  const rows: T[] = [];
  let next: string | undefined = `${path}?${new URLSearchParams({ limit: `${LIMIT}`, ...query })}`;
  for (let pages = 0; next !== undefined; pages += 1) {
    ok(pages < PAGES_MAX, `${path} has no end`);
    const answer: Answer<T[]> = await api<T[]>('GET', next);
    expectStatus(answer, 200, next);
    ok(answer.body.length <= Number(query.limit ?? LIMIT), `${answer.body.length} in a page of ${LIMIT}`);
    const bytes = Buffer.byteLength(JSON.stringify(answer.text));
    ok(bytes <= ANSWER_BYTES_MAX, `${path} answers ${bytes} bytes`);
    rows.push(...answer.body);
    next = nextOf(answer);
  }
  return rows;
};
/** Walks until the index has all of them; then they must be these, each once, newest first. */
const expectRows = async (service: Service, path: string, query: Record<string, string>, wanted: readonly Row[]) => {
  const listed = `${path}?${new URLSearchParams(query)}`;
  const rows = await service.until(`${listed} lists ${wanted.length}`, async () => {
    const found = await walk(service, path, query);
    return found.length >= wanted.length && found;
  });
  deepEqual(rows.map(({ id }) => id).sort(), wanted.map(({ id }) => id).sort(), listed);
  const times = rows.map(({ created_at }) => created_at);
  deepEqual(times, times.toSorted().reverse(), `${listed}: newest first`);
};

const expectCursorsOfTheirOwn = async (
  { api, tag: ofCheck }: Service,
  path: string,
  name: string,
  other: string,
  tag = ofCheck,
): Promise<void> => {
  const first = await api('GET', `${path}?${name}=${tag}&limit=2`);
  const next = nextOf(first);
  ok(next, `${path}: no next page of ${TOTAL} by 2`);
  const cursor = new URL(next, 'http://any').searchParams.get('cursor') ?? '';
  const middle = Math.floor(cursor.length / 2);
  const changed = `${cursor.slice(0, middle)}${cursor[middle] === 'A' ? 'B' : 'A'}${cursor.slice(middle + 1)}`;
  for (const url of [
    `${path}?${name}=${tag}&cursor=${changed}`,
    `${path}?${name}=${tag}-other&cursor=${cursor}`,
    `${path}?limit=2&cursor=${cursor}`,
    `${other}?limit=2&cursor=${cursor}`,
  ]) {
    expectProblem(await api('GET', url), 'invalid-cursor', ['/query/cursor']);
  }
  const bare = path.replace(/\/$/, '');
  const rest = await api<Row[]>('GET', `${bare}?cursor=${cursor}&${name}=${tag}&limit=100`);
  expectStatus(rest, 200, 'the other spelling, another limit');
  equal(rest.body.length, TOTAL - 2, 'the rest in one page');
};

export const lists = [
  check('notifications: by entity, type, status and due time, page by page', async (service) => {
    const base = service.now() + 40 * DAY_MS;
    const made: Notification[] = [];
    for (let n = 0; n < TOTAL; n += 1) {
      made.push(await service.create({ send_at: new Date(base + n * DAY_MS).toISOString() }));
    }
    const entity = { entity_id: service.tag };
    await expectRows(service, NOTIFICATIONS, entity, made);
    await expectRows(service, NOTIFICATIONS, { notification_type: service.type }, made);
    await service.api('DELETE', `${NOTIFICATIONS}${made[0]?.id}`);
    await expectRows(service, NOTIFICATIONS, { ...entity, status: 'CANCELED' }, made.slice(0, 1));
    const split = made[3]?.send_at ?? '';
    await expectRows(service, NOTIFICATIONS, { ...entity, due_after: split }, made.slice(3));
    await expectRows(service, NOTIFICATIONS, { ...entity, due_before: split }, made.slice(0, 3));
    await expectRows(service, NOTIFICATIONS, { entity_id: `${service.tag}-none` }, []);
    await expectCursorsOfTheirOwn(service, NOTIFICATIONS, 'entity_id', EVENTS);
  }),

  check('notifications: by group, with several statuses, open ones, and beside the other filters', async (service) => {
    const group = `${service.tag}-group`;
    const made: Notification[] = [];
    for (let n = 0; n < TOTAL; n += 1) made.push(await service.create({ group, entity_id: `${service.tag}-${n % 2}` }));
    await service.create({ group: `${group}-other` });
    await expectRows(service, NOTIFICATIONS, { group }, made);
    const odd = made.filter((_, n) => n % 2 === 1);
    await expectRows(service, NOTIFICATIONS, { group, entity_id: `${service.tag}-1` }, odd);
    await service.api('DELETE', `${NOTIFICATIONS}${made[0]?.id}`);
    await expectRows(service, NOTIFICATIONS, { group, status: 'open' }, made.slice(1));
    await expectRows(service, NOTIFICATIONS, { group, status: 'open,CANCELED' }, made);
    await expectRows(service, NOTIFICATIONS, { group, status: 'CANCELED,SENT' }, made.slice(0, 1));
    await expectRows(service, NOTIFICATIONS, { group: `${group}-none` }, []);
    await expectCursorsOfTheirOwn(service, NOTIFICATIONS, 'group', EVENTS, group);
  }),

  check('events: by source, type and time, page by page, whatever is published meanwhile', async (service) => {
    const published: Event[] = [];
    for (let n = 0; n < TOTAL; n += 1) {
      published.push(await service.publish({ type: n % 2 ? 'conformance.odd' : 'conformance.even', payload: { n } }));
    }
    const source = { source: service.tag };
    await expectRows(service, EVENTS, source, published);
    await expectRows(
      service,
      EVENTS,
      { ...source, type: 'conformance.odd' },
      published.filter((_, n) => n % 2 === 1),
    );
    const middle = published.map(({ created_at }) => created_at).toSorted()[3] ?? '';
    const [older, newer] = [
      published.filter(({ created_at }) => created_at < middle),
      published.filter(({ created_at }) => created_at >= middle),
    ];
    await expectRows(service, EVENTS, { ...source, since: middle }, newer);
    await expectRows(service, EVENTS, { ...source, until: middle }, older);
    await expectCursorsOfTheirOwn(service, EVENTS, 'source', NOTIFICATIONS);

    const first = await service.api<Event[]>('GET', `${EVENTS}?source=${service.tag}&limit=3`);
    await service.publish({ type: 'conformance.late', payload: {} });
    const second = await service.api<Event[]>('GET', nextOf(first) ?? '');
    const seen = [...first.body, ...second.body].map(({ id }) => id);
    deepEqual([new Set(seen).size, second.body.some(({ type }) => type === 'conformance.late')], [6, false]);
  }),

  check('large records come whole, page by page, each within what a Lambda may answer', async (service) => {
    const text = '"'.repeat(LARGE_QUOTES);
    const made: Notification[] = [];
    const published: Event[] = [];
    for (let n = 0; n < LARGE_TOTAL; n += 1) {
      made.push(await service.create({ data: { text } }));
      published.push(await service.publish({ type: 'conformance.large', payload: { text } }));
    }
    await expectRows(service, NOTIFICATIONS, { entity_id: service.tag, limit: '100' }, made);
    await expectRows(service, EVENTS, { source: service.tag, limit: '100' }, published);
  }),
];
