/** What every EndpointStore promises: run on the fake and on the real adapter alike. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { EndpointStore } from '../endpoints/repository.ts';
import { deleteEndpoint } from '../endpoints/state/endpoint-state.ts';
import type { ListQuery } from '../store/page.ts';
import type { TestClock } from './clock.ts';
import { makeEndpoint } from './endpoint.ts';
import { itemStoreConforms } from './item-store.conformance.ts';
import { newestFirst, walk } from './listing.conformance.ts';

let made = 0;
const fresh = (changes: Partial<Endpoint> = {}): Endpoint => {
  made += 1;
  return makeEndpoint({ id: `end_${String(made).padStart(26, '0')}`, writeId: `write${made}`, ...changes });
};

export const endpointStoreConforms = (kit: { store: () => EndpointStore; clock: TestClock }): void => {
  const { clock } = kit;

  describe('an item store', () => {
    itemStoreConforms({ ...kit, make: (changes) => fresh(changes as Partial<Endpoint>) });

    it('gives back every field as it was, before and after deletion', async () => {
      const endpoint = fresh({
        description: 'd',
        headers: { authorization: 'Bearer "b"', 'x-own': 'ü' },
        retrySchedule: [0, 5],
        rateLimit: 10,
        maxConcurrency: 2,
        disabledAt: 1,
        disabledReason: 'gone',
        replayFrom: 2,
        version: 3,
        fingerprint: 'f',
      });
      await kit.store().create(endpoint);
      expect(await kit.store().get(endpoint.id)).toEqual(endpoint);
      const deleted = deleteEndpoint(endpoint, 1_000_000, { now: clock.now(), writeId: 'deleted' });
      await kit.store().replace(deleted, endpoint.writeId);
      expect(await kit.store().get(endpoint.id)).toEqual(deleted);
    });
  });

  describe('list', () => {
    const endpoints: Endpoint[] = [];

    beforeAll(async () => {
      for (let n = 0; n < 12; n += 1) {
        const endpoint = fresh({ tenant: n % 4 === 3 ? 'other' : 'lister', createdAt: clock.now() + (n % 5) });
        await kit.store().create(endpoint);
        const deleted = deleteEndpoint(endpoint, 1_000_000, { now: clock.now(), writeId: `deleted${n}` });
        if (n === 4) await kit.store().replace(deleted, endpoint.writeId);
        else endpoints.push(endpoint);
      }
    });

    it.each([1, 3, 100])(
      'walks the endpoints of one tenant, newest first, %i at a time, without the deleted',
      async (limit) => {
        for (const tenant of ['lister', 'other', 'unused']) {
          const walked = await walk((page: ListQuery) => kit.store().list(page), { tenant, limit });
          const wanted = endpoints.filter((endpoint) => endpoint.tenant === tenant);
          expect(walked.map(({ id }) => id)).toEqual(newestFirst(wanted));
        }
      },
    );
  });
};
