/** What every NotificationStore promises: run on the fake and on the real adapter alike. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Notification } from '../notifications/notification.ts';
import type { NotificationQuery, NotificationStore } from '../notifications/repository.ts';
import { ExactNumber } from '../schema/exact-number.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { claimOf } from './claim.ts';
import type { TestClock } from './clock.ts';
import { itemStoreConforms } from './item-store.conformance.ts';
import { checkRecord } from './laws.ts';
import { inWindow, newestFirst, pagesEndByBytes, walk, windowOf } from './listing.conformance.ts';
import { claim, finished, HOPELESS, RETRY, states } from './states.ts';

let made = 0;
export const makeNotification = (
  changes: Partial<Notification> = {},
  from: Notification = states.PENDING(),
): Notification => {
  made += 1;
  return { ...from, id: `ntf_${String(made).padStart(26, '0')}`, writeId: `write${made}`, ...changes };
};

const everything = (): Notification => ({
  ...finished(claim(states.PENDING()), { email: { ...HOPELESS, httpStatus: 410 }, sms: RETRY }),
  targetDate: 1_800_000_000_000,
  subject: 'S',
  body: 'B',
  data: {
    a: [1, 2.5, null, true, { '': 'b' }],
    big: 1e300,
    long: 2 ** 60,
    exact: new ExactNumber('-0.1234567890123456789'),
    '': {},
  },
  textVersion: 3,
  group: 'a#group',
  eventId: 'evt_1',
  timing: { target_date: '2027-01-01', lead_time_days: 7, timezone: 'Europe/Berlin' },
  fingerprint: 'f',
  trace: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  firstFailedAt: 5,
  redrivenAt: 6,
  stoppedAt: 7,
  window: { days: ['mon', 'sun'], from: '22:00', until: '06:30', timezone: 'Europe/Berlin', outside: 'drop' },
  expiresAfter: 'P1DT0.5S',
  closesAt: 1_800_000_000_001,
  statusReason: 'expired',
});

export const notificationStoreConforms = (kit: { store: () => NotificationStore; clock: TestClock }): void => {
  const { clock } = kit;
  const stored = async (item: Notification): Promise<Notification> => {
    await kit.store().create(item);
    return item;
  };
  const request = (item: Notification, id: string) => claimOf(item, clock, id);

  describe('an item store', () => {
    itemStoreConforms({ ...kit, make: (changes) => makeNotification(changes as Partial<Notification>) });

    it('gives back every field as it was, free JSON included', async () => {
      const item = await stored(makeNotification({}, everything()));
      expect(await kit.store().get(item.id)).toEqual(item);
      for (const state of Object.values(states)) {
        const other = await stored(makeNotification({}, state()));
        expect(await kit.store().get(other.id)).toEqual(other);
      }
    });

    it('keeps data at any depth that JSON has', async () => {
      let data: Record<string, unknown> = {};
      for (let depth = 0; depth < 60; depth += 1) data = { data };
      const item = await stored(makeNotification({ data }));
      expect((await kit.store().get(item.id))?.data).toEqual(data);
    });
  });

  describe('claim', () => {
    const due = () => ({ dueAt: clock.now() });

    for (const status of ['PENDING', 'SCHEDULED', 'RETRYING'] as const) {
      it(`takes what is ${status} and due, sets the lease and moves version`, async () => {
        const before = status === 'RETRYING' ? states.RETRYING() : { ...states.PENDING(), status };
        const item = await stored(makeNotification(due(), before));
        const result = await kit.store().claim(request(item, 'l1'));
        expect(result).toMatchObject({ written: true });
        const after = await kit.store().get(item.id);
        expect(result).toEqual({ written: true, item: after });
        expect(after).toEqual({
          ...item,
          status: 'SENDING',
          lease: { id: 'l1', claimedAt: clock.now(), until: clock.real() + 25_000 },
          firstClaimedAt: item.firstClaimedAt ?? clock.now(),
          version: item.version + 1,
          updatedAt: clock.now(),
          writeId: 'claiml1',
        });
        if (after) checkRecord(after);
      });
    }

    it('keeps the first claim’s time', async () => {
      const item = await stored(makeNotification({ ...due(), firstClaimedAt: 5 }, states.RETRYING()));
      await kit.store().claim(request(item, 'l2'));
      expect((await kit.store().get(item.id))?.firstClaimedAt).toBe(5);
    });

    it('repeated by the SDK finds its own lease and succeeds', async () => {
      const item = await stored(makeNotification(due()));
      const first = await kit.store().claim(request(item, 'l3'));
      expect(await kit.store().claim(request(item, 'l3'))).toEqual(first);
    });

    it('is given to one of many', async () => {
      const item = await stored(makeNotification(due()));
      const results = await Promise.all([1, 2, 3, 4].map((n) => kit.store().claim(request(item, `rival${n}`))));
      expect(results.filter(({ written }) => written)).toHaveLength(1);
      for (const result of results) if (!result.written) expect(result.current?.status).toBe('SENDING');
    });

    it('is refused early, to another timer, and to what is held or has ended', async () => {
      const early = await stored(makeNotification({ dueAt: clock.now() + 1 }));
      const stale = await stored(makeNotification({ ...due(), timerSeq: 2 }));
      const refused = [
        [early, request(early, 'x')],
        [stale, { ...request(stale, 'x'), timerSeq: 1 }],
        [stale, { ...request(stale, 'x'), timerSeq: 3 }],
      ] as const;
      for (const [item, claimRequest] of refused) {
        expect(await kit.store().claim(claimRequest)).toEqual({ written: false, current: item });
      }
      for (const state of ['SENDING', 'SENT', 'FAILED', 'CANCELED'] as const) {
        const item = await stored(makeNotification({ ...due(), expiresAt: undefined } as never, states[state]()));
        expect(await kit.store().claim(request(item, 'x'))).toMatchObject({ written: false });
      }
      expect(await kit.store().claim(request(makeNotification(), 'x'))).toEqual({ written: false, current: undefined });
    });

    it('is given until it closes: at that instant, and later, it is too late', async () => {
      for (const [closesInMs, isGiven] of [
        [1, true],
        [0, false],
        [-60_000, false],
      ] as const) {
        const item = await stored(makeNotification({ ...due(), closesAt: clock.now() + closesInMs }));
        const result = await kit.store().claim(request(item, `until${closesInMs}`));
        expect(result).toMatchObject(isGiven ? { written: true } : { written: false, current: item });
        expect(await kit.store().get(item.id)).toMatchObject({ status: isGiven ? 'SENDING' : 'PENDING' });
      }
    });

    it('repeated by the SDK finds its own lease, also when it has closed meanwhile', async () => {
      const item = await stored(makeNotification({ ...due(), closesAt: clock.now() + 1 }));
      const asked = request(item, 'l6');
      const first = await kit.store().claim(asked);
      clock.pass(1);
      expect(await kit.store().claim(asked)).toEqual(first);
    });

    it('made known to a writer that read before it: a replace over the claimed item fails', async () => {
      const item = await stored(makeNotification(due()));
      await kit.store().claim(request(item, 'l5'));
      const canceled = { ...item, status: 'CANCELED' as const, writeId: 'cancel' };
      expect(await kit.store().replace(canceled, item.writeId)).toMatchObject({
        written: false,
        current: { status: 'SENDING' },
      });
    });
  });

  describe('markScheduled', () => {
    const mark = (item: Notification, changes: object = {}) => ({
      id: item.id,
      timerSeq: item.timerSeq,
      nextCheckAt: 9_000_000_000_000,
      writeId: `mark${item.id}`,
      ...changes,
    });

    it('moves PENDING to SCHEDULED and the next look, and nothing that a client sees as an edit', async () => {
      const item = await stored(makeNotification({ checks: 3 }));
      const result = await kit.store().markScheduled(mark(item));
      const after = {
        ...item,
        status: 'SCHEDULED',
        nextCheckAt: 9_000_000_000_000,
        checks: 0,
        writeId: `mark${item.id}`,
      };
      expect(result).toEqual({ written: true, item: after });
      expect(await kit.store().get(item.id)).toEqual(after);
      expect(await kit.store().markScheduled(mark(item))).toEqual(result);
      expect(await kit.store().markScheduled(mark(item, { writeId: 'again' }))).toEqual({
        written: false,
        current: after,
      });
    });

    it('is refused to another timer and to every other status', async () => {
      const item = await stored(makeNotification());
      expect(await kit.store().markScheduled(mark(item, { timerSeq: 2 }))).toEqual({ written: false, current: item });
      for (const state of ['SENDING', 'RETRYING', 'SENT', 'CANCELED'] as const) {
        const other = await stored(makeNotification({}, states[state]()));
        expect(await kit.store().markScheduled(mark(other))).toMatchObject({ written: false });
      }
      expect(await kit.store().markScheduled(mark(makeNotification()))).toEqual({ written: false, current: undefined });
    });
  });

  describe('list', () => {
    const tenant = 'lister';
    const types = ['user.signup', 'custom', 'own.type', 'another.type', 'a.third'];
    const entities = ['u1', 'u#2', 'ü'];
    const groups = ['g1', 'u1', 'g#2', undefined];
    const items: Notification[] = [];
    let times: number[] = [];

    beforeAll(async () => {
      const start = clock.now();
      times = Array.from({ length: 12 }, (_, n) => start + n);
      for (let n = 0; n < 60; n += 1) {
        const expired = n % 10 === 9;
        const item = makeNotification({
          tenant: n % 12 === 11 ? 'other' : tenant,
          type: types[n % types.length] ?? '',
          entityId: entities[n % entities.length] ?? '',
          ...omitUndefined({ group: groups[(n * 5) % groups.length] }),
          createdAt: times[(n * 7) % times.length] ?? 0,
          ...(n % 2 === 0 && { status: 'SCHEDULED' as const }),
          ...(expired && { expiresAt: Math.floor(start / 1000) }),
        });
        await kit.store().create(item);
        if (!expired) items.push(item);
      }
    });

    const isWanted = (item: Notification, query: NotificationQuery): boolean =>
      item.tenant === query.tenant &&
      (query.entityId === undefined || item.entityId === query.entityId) &&
      (query.group === undefined || item.group === query.group) &&
      (query.type === undefined || item.type === query.type) &&
      (query.matches?.(item) ?? true) &&
      inWindow(item.createdAt, query);

    it('walks exactly what every combination of filters selects, newest first', async () => {
      const filters = fc.record(
        {
          entityId: fc.constantFrom(...entities, 'none'),
          group: fc.constantFrom('g1', 'u1', 'g#2', 'none'),
          type: fc.constantFrom(...types, 'none'),
          onlyScheduled: fc.boolean(),
        },
        { requiredKeys: [] },
      );
      const limits = fc.constantFrom(1, 3, 7, 100);
      await fc.assert(
        fc.asyncProperty(filters, windowOf(times), limits, async ({ onlyScheduled, ...filter }, window, limit) => {
          const matches = onlyScheduled ? (item: Notification) => item.status === 'SCHEDULED' : undefined;
          const query: NotificationQuery = { tenant, limit, ...filter, ...window, ...(matches && { matches }) };
          const walked = await walk((page: NotificationQuery) => kit.store().list(page), query);
          expect(walked.map(({ id }) => id)).toEqual(newestFirst(items.filter((item) => isWanted(item, query))));
        }),
        { numRuns: 40 },
      );
    });

    pagesEndByBytes({
      store: (body, createdAt) => stored(makeNotification({ tenant: 'large', body, createdAt })),
      list: (query) => kit.store().list(query),
    });

    it('ends where nothing is left: a full last page has no next', async () => {
      const all = items.filter((item) => item.tenant === tenant);
      expect((await kit.store().list({ tenant, limit: all.length })).next).toBeUndefined();
      expect((await kit.store().list({ tenant, limit: all.length - 1 })).next).toBeDefined();
      expect(await kit.store().list({ tenant: 'unused', limit: 10 })).toEqual({ items: [] });
    });
  });
};
