/**
 * What the stores behind the limits of receivers promise: run on the fakes and on the real adapters
 * alike.
 */
import { describe, expect, it } from 'vitest';
import { type Circuit, failed } from '../delivery/limits/circuit.ts';
import type { CircuitStore, RateStore, SlotStore } from '../delivery/limits/repository.ts';
import type { TestClock } from './clock.ts';

let made = 0;
export const freshEndpointId = (): string => {
  made += 1;
  return `end_${String(made).padStart(26, '0')}`;
};
const circuitOf = (writeId: string, before?: Circuit): Circuit =>
  failed(before, { error: 'http_503' }, { now: 1_800_000_000_000, writeId });

export const limitStoresConform = (kit: {
  clock: TestClock;
  circuits: () => CircuitStore;
  rates: () => RateStore;
  slots: () => SlotStore;
}): void => {
  const { clock } = kit;

  describe('circuits', () => {
    it('are replaced over the revision that was read alone, made and taken away', async () => {
      const store = kit.circuits();
      const id = freshEndpointId();
      const [first, second] = [circuitOf('a'), circuitOf('b', circuitOf('a'))];
      expect(await store.get(id)).toBeUndefined();
      expect(await store.replace(id, first, 'other')).toEqual({ written: false, current: undefined });
      expect(await store.replace(id, first, undefined)).toEqual({ written: true });
      expect(await store.get(id)).toEqual(first);
      expect(await store.replace(id, second, undefined)).toEqual({ written: false, current: first });
      expect(await store.replace(id, second, 'a')).toEqual({ written: true });
      expect(await store.replace(id, undefined, 'a')).toEqual({ written: false, current: second });
      expect(await store.replace(id, undefined, 'b')).toEqual({ written: true });
      expect(await store.get(id)).toBeUndefined();
    });

    it('come back as they were, with probe and all', async () => {
      const store = kit.circuits();
      const id = freshEndpointId();
      const whole: Circuit = {
        ...circuitOf('w'),
        opens: 2,
        openUntil: 1_800_000_030_000,
        probe: { id: 'p', until: 5 },
      };
      await store.replace(id, whole, undefined);
      expect(await store.get(id)).toEqual(whole);
    });

    it('take a repetition of their own write for a success', async () => {
      const store = kit.circuits();
      const id = freshEndpointId();
      await store.replace(id, circuitOf('a'), undefined);
      expect(await store.replace(id, circuitOf('a'), undefined)).toEqual({ written: true });
    });

    it('are won by one of many', async () => {
      const store = kit.circuits();
      const id = freshEndpointId();
      const results = await Promise.all(
        ['a', 'b', 'c', 'd'].map((writeId) => store.replace(id, circuitOf(writeId), undefined)),
      );
      expect(results.filter(({ written }) => written)).toHaveLength(1);
    });
  });

  describe('the row of a rate limit', () => {
    it('gives each of many, of several workers at once, a place of its own, evenly spaced from now on', async () => {
      const id = freshEndpointId();
      const now = clock.now();
      const stores = [kit.rates(), kit.rates()];
      const places = await Promise.all(
        Array.from({ length: 20 }, (_, n) => stores[n % 2]?.reserve(id, { now, intervalMs: 100 })),
      );
      expect(places.toSorted((a = 0, b = 0) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => now + n * 100));
    });

    it('begins again once it was caught up with, and loses nothing of a fraction', async () => {
      const id = freshEndpointId();
      const store = kit.rates();
      const now = clock.now();
      await store.reserve(id, { now, intervalMs: 333.334 });
      expect(await store.reserve(id, { now, intervalMs: 333.334 })).toBeCloseTo(now + 333.334, 3);
      const later = now + 10_000;
      expect(await store.reserve(id, { now: later, intervalMs: 333.334 })).toBe(later);
      expect(await store.reserve(id, { now: later, intervalMs: 333.334 })).toBeCloseTo(later + 333.334, 3);
    });

    it('lets one late delivery through in each interval, ahead of those that wait', async () => {
      const id = freshEndpointId();
      const now = clock.now();
      const stores = [kit.rates(), kit.rates()];
      await kit.rates().reserve(id, { now, intervalMs: 60_000 });
      const at = (time: number) =>
        Promise.all(Array.from({ length: 6 }, (_, n) => stores[n % 2]?.catchUp(id, { now: time, intervalMs: 100 })));
      expect((await at(now)).filter(Boolean)).toHaveLength(1);
      expect((await at(now + 99)).filter(Boolean)).toHaveLength(0);
      expect((await at(now + 100)).filter(Boolean)).toHaveLength(1);
      expect(await kit.rates().reserve(id, { now, intervalMs: 100 })).toBe(now + 60_000);
    });

    it('and the circuit of an endpoint do not touch each other', async () => {
      const id = freshEndpointId();
      const now = clock.now();
      await kit.circuits().replace(id, circuitOf('a'), undefined);
      await kit.rates().reserve(id, { now, intervalMs: 50 });
      await kit.circuits().replace(id, undefined, 'a');
      expect(await kit.rates().reserve(id, { now, intervalMs: 50 })).toBe(now + 50);
    });
  });

  describe('places among those in flight', () => {
    const place = (endpointId: string, holder: string, index = 0) => ({ endpointId, index, holder });

    it('are held by one at a time, and free when released', async () => {
      const store = kit.slots();
      const id = freshEndpointId();
      const lease = { real: clock.real(), until: clock.real() + 25_000 };
      const rivals = await Promise.all(['a', 'b', 'c'].map((holder) => store.acquire(place(id, holder), lease)));
      expect(rivals.filter(Boolean)).toHaveLength(1);
      const winner = ['a', 'b', 'c'][rivals.indexOf(true)] ?? '';
      expect(await store.acquire(place(id, winner), lease)).toBe(true);
      expect(await store.acquire(place(id, 'd', 1), lease)).toBe(true);
      await store.release(place(id, winner));
      expect(await store.acquire(place(id, 'e'), lease)).toBe(true);
    });

    it('lapse, and are not released by whom they lapsed from', async () => {
      const store = kit.slots();
      const id = freshEndpointId();
      const real = clock.real();
      await store.acquire(place(id, 'dead'), { real, until: real + 25_000 });
      const at = (after: number) => ({ real: real + after, until: real + after + 25_000 });
      expect(await store.acquire(place(id, 'b'), at(25_000))).toBe(false);
      expect(await store.acquire(place(id, 'b'), at(25_001))).toBe(true);
      await store.release(place(id, 'dead'));
      expect(await store.acquire(place(id, 'c'), at(25_002))).toBe(false);
    });
  });
};
