/** What every store of schedules promises, with its count and index: run on the fake and the real adapter. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ScheduleCount, ScheduleIndex, ScheduleStore } from '../schedules/repository.ts';
import type { Schedule } from '../schedules/schedule.ts';
import type { ListQuery } from '../store/page.ts';
import type { TestClock } from './clock.ts';
import { itemStoreConforms } from './item-store.conformance.ts';
import { newestFirst, walk } from './listing.conformance.ts';
import { makeSchedule } from './schedule.ts';

let made = 0;
const fresh = (changes: Partial<Schedule> = {}): Schedule => {
  made += 1;
  return makeSchedule({ id: `sch_${String(made).padStart(26, '0')}`, writeId: `write${made}`, ...changes });
};

export const scheduleStoreConforms = (kit: {
  store: () => ScheduleStore;
  count: () => ScheduleCount;
  index: () => ScheduleIndex;
  clock: TestClock;
}): void => {
  const { clock } = kit;

  describe('an item store', () => {
    itemStoreConforms({ ...kit, make: (changes) => fresh(changes as Partial<Schedule>) });

    it('gives back every field as it was', async () => {
      const schedule = fresh({
        ...{ timezone: 'Asia/Tokyo', start: '2027-01-01', end: '2028-01-01', count: 5, misfire: 'skip', made: 3 },
        ...{ occurrence: { at: 5, revision: 2, made: true }, mark: 'edit', revision: 2, revisionFrom: 1 },
        ...{ pending: { id: 'ntf_1', outcome: 'too_late' }, pausedAt: 1, version: 3, fingerprint: 'f' },
      });
      await kit.store().create(schedule);
      expect(await kit.store().get(schedule.id)).toEqual(schedule);
    });
  });

  describe('list and count', () => {
    const schedules: Schedule[] = [];

    beforeAll(async () => {
      for (let n = 0; n < 12; n += 1) {
        const tenant = n % 4 === 3 ? 'other' : 'lister';
        const ended = n % 5 === 2 ? { endedAt: 1 } : {};
        const schedule = fresh({ tenant, createdAt: clock.now() + (n % 5), ...ended });
        schedules.push(schedule);
        await kit.store().create(schedule);
      }
      const { mark: _, ...done } = fresh({ tenant: 'lister', deletedAt: 1 });
      await kit.store().create(done);
      const open = fresh({ tenant: 'lister', deletedAt: 1, mark: 'cancel', createdAt: clock.now() });
      const erased = fresh({ tenant: 'lister', deletedAt: 1, erasedAt: 1, createdAt: clock.now() });
      schedules.push(open, erased);
      for (const one of [open, erased]) await kit.store().create(one);
    });

    it.each([1, 3, 100])(
      'walks those of one tenant, newest first, %i at a time, without what is deleted and done',
      async (limit) => {
        for (const tenant of ['lister', 'other', 'unused']) {
          const walked = await walk((page: ListQuery) => kit.store().list(page), { tenant, limit });
          expect(walked.map(({ id }) => id)).toEqual(newestFirst(schedules.filter((one) => one.tenant === tenant)));
        }
      },
    );

    it('leaves out of a list what does not match', async () => {
      const { items } = await kit.store().list({ tenant: 'other', limit: 10, matches: () => false });
      expect(items).toEqual([]);
    });

    it('counts those that have not ended, up to as many as are asked for', async () => {
      const expected = schedules.filter((one) => one.tenant === 'lister' && !one.endedAt && !one.deletedAt).length;
      expect([await kit.count()('lister', 100), await kit.count()('lister', 2)]).toEqual([expected, 2]);
      expect(await kit.count()('unused', 10)).toBe(0);
    });
  });

  describe('the index', () => {
    it('has those that are due, and puts one off unless it has moved', async () => {
      const early = 1_000;
      const later = fresh({ tenant: 'planner', nextCheckAt: early + 5 });
      const first = fresh({ tenant: 'planner', nextCheckAt: early });
      const { nextCheckAt: _, ...never } = fresh({ tenant: 'planner' });
      for (const schedule of [later, first, never, fresh({ tenant: 'planner', nextCheckAt: early + 500 })])
        await kit.store().create(schedule);
      const due = await kit.index().due(early + 400, 10);
      expect(due.toSorted((a, b) => a.nextCheckAt - b.nextCheckAt)).toEqual([
        { id: first.id, nextCheckAt: early },
        { id: later.id, nextCheckAt: early + 5 },
      ]);
      await kit.index().postpone({ id: first.id, nextCheckAt: early }, early + 600);
      await kit.index().postpone({ id: later.id, nextCheckAt: early }, early + 600);
      expect(await kit.index().due(early + 400, 10)).toEqual([{ id: later.id, nextCheckAt: early + 5 }]);
    });
  });
};
