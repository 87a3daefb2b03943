/** What every EventStore promises: run on the fake and on the real adapter alike. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../events/event.ts';
import type { EventQuery, EventStore } from '../events/repository.ts';
import { ExactNumber } from '../schema/exact-number.ts';
import type { TestClock } from './clock.ts';
import { makeEvent } from './event.ts';
import { itemStoreConforms } from './item-store.conformance.ts';
import { inWindow, newestFirst, pagesEndByBytes, walk, windowOf } from './listing.conformance.ts';

let made = 0;
const fresh = (changes: Partial<Event> = {}): Event => {
  made += 1;
  return makeEvent({ id: `evt_${String(made).padStart(26, '0')}`, writeId: `write${made}`, ...changes });
};
const processed = (changes: Partial<Event> = {}): Event => {
  const { nextCheckAt: _, ...event } = fresh({ status: 'PROCESSED', ...changes });
  return event;
};

export const eventStoreConforms = (kit: { store: () => EventStore; clock: TestClock }): void => {
  const { clock } = kit;
  const seconds = (): number => Math.floor(clock.now() / 1000);

  describe('an item store', () => {
    itemStoreConforms({ ...kit, make: (changes) => fresh(changes as Partial<Event>) });

    it('gives back every field as it was, free JSON included', async () => {
      const event = fresh({
        sourceId: 'given',
        subject: 's',
        payload: { a: [1e300, 2 ** 60, null, { '': '' }, new ExactNumber('9007199254740993')], n: -0.5 },
        extensions: { traceparent: '00-ab', flag: true, number: 2_147_483_647 },
        status: 'REJECTED',
        reason: 'r',
        notifications: ['ntf_1'],
        checks: 2,
        returns: 1,
        endedAt: 3,
        firstFailedAt: 4,
        redrivenAt: 5,
        fingerprint: 'f',
        trace: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      });
      await kit.store().create(event);
      expect(await kit.store().get(event.id)).toEqual(event);
    });
  });

  describe('checkSize', () => {
    it('refuses what create would refuse, by all of its fields together, and writes nothing', async () => {
      const payload = { text: 'x'.repeat(250_000) };
      const fits = fresh({ payload, extensions: { a: 'y'.repeat(50_000) } });
      await kit.store().checkSize(fits);
      expect(await kit.store().get(fits.id)).toBeUndefined();
      expect(await kit.store().create(fits)).toMatchObject({ written: true });
      const over = fresh({ payload, extensions: { a: 'y'.repeat(120_000) } });
      await expect(kit.store().checkSize(over)).rejects.toMatchObject({ code: 'payload-too-large' });
      await expect(kit.store().create(over)).rejects.toMatchObject({ code: 'payload-too-large' });
      expect(await kit.store().get(over.id)).toBeUndefined();
    });
  });

  describe('7. Nothing open expires: keepUntil', () => {
    const kept = async (event: Event, ...until: (number | undefined)[]) => {
      await kit.store().create(event);
      for (const at of until) await kit.store().keepUntil(event.id, at);
      return (await kit.store().get(event.id))?.expiresAt;
    };

    it('moves the TTL only forward, or removes it', async () => {
      const now = seconds();
      expect(await kept(processed(), now + 100)).toBe(now + 100);
      expect(await kept(processed({ expiresAt: now + 50 }), now + 100, now + 70)).toBe(now + 100);
      expect(await kept(processed({ expiresAt: now + 50 }), undefined)).toBeUndefined();
      expect(await kept(processed({ expiresAt: now + 50 }), undefined, now + 20)).toBe(now + 20);
    });

    it('gives no TTL to what is unprocessed', async () => {
      expect(await kept(fresh(), seconds() + 100)).toBeUndefined();
    });

    it('brings nothing back, and an event that is not there is no error', async () => {
      const event = processed({ expiresAt: seconds() + 5 });
      await kit.store().create(event);
      clock.pass(6_000);
      await kit.store().keepUntil(event.id, seconds() + 100);
      expect(await kit.store().get(event.id)).toBeUndefined();
      await kit.store().keepUntil(event.id, undefined);
      expect(await kit.store().get(event.id)).toBeUndefined();
      await kit.store().keepUntil('evt_none', seconds() + 100);
      expect(await kit.store().get('evt_none')).toBeUndefined();
    });

    it('is noticed by a writer that read before it', async () => {
      const event = processed({ expiresAt: seconds() + 50 });
      await kit.store().create(event);
      await kit.store().keepUntil(event.id, seconds() + 500);
      expect(await kit.store().replace({ ...event, writeId: 'late' }, event.writeId)).toMatchObject({ written: false });
    });
  });

  describe('list', () => {
    const types = ['user.signup', 'custom', 'own.type', 'another.type'];
    const sources = ['api', 'https://example.com/#a', 'ü'];
    const events: Event[] = [];
    let times: number[] = [];

    beforeAll(async () => {
      times = Array.from({ length: 8 }, (_, n) => clock.now() + n);
      for (let n = 0; n < 40; n += 1) {
        const event = fresh({
          tenant: n % 9 === 8 ? 'other' : 'lister',
          type: types[n % types.length] ?? '',
          source: sources[n % sources.length] ?? '',
          createdAt: times[(n * 5) % times.length] ?? 0,
        });
        await kit.store().create(event);
        events.push(event);
      }
    });

    pagesEndByBytes({
      store: async (text, createdAt) => {
        const event = fresh({ tenant: 'large', payload: { text }, createdAt });
        await kit.store().create(event);
        return event;
      },
      list: (query) => kit.store().list(query),
    });

    it('walks exactly what every combination of filters selects, newest first', async () => {
      const filters = fc.record(
        { source: fc.constantFrom(...sources, 'none'), type: fc.constantFrom(...types, 'none') },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(filters, windowOf(times), fc.constantFrom(1, 4, 100), async (filter, window, limit) => {
          const query: EventQuery = { tenant: 'lister', limit, ...filter, ...window };
          const walked = await walk((page: EventQuery) => kit.store().list(page), query);
          const wanted = events.filter(
            (event) =>
              event.tenant === 'lister' &&
              (filter.source ?? event.source) === event.source &&
              (filter.type ?? event.type) === event.type &&
              inWindow(event.createdAt, query),
          );
          expect(walked.map(({ id }) => id)).toEqual(newestFirst(wanted));
        }),
        { numRuns: 20 },
      );
    });
  });
};
