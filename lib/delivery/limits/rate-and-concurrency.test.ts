import { describe, expect, it } from 'vitest';
import { HOLD_MS, passed, put, request, SENT, setUp } from './receiver-limits.testing.ts';

describe('an endpoint with a rate limit', () => {
  it('gets its deliveries evenly spaced, whichever worker sends them, each put off once', async () => {
    const { clock, worker, stores } = await setUp({ rateLimit: 10 });
    const workers = [worker(), worker(), worker()];
    const start = clock.now();
    const waiting: { at: number; slotAt?: number }[] = Array.from({ length: 100 }, () => ({ at: start }));
    const sentAt: number[] = [];
    const enter = async (one: (typeof waiting)[number], turn: number): Promise<void> => {
      const entry = await workers[turn % 3]?.enter({ ...request, ...(one.slotAt && { slotAt: one.slotAt }) });
      if (entry?.outcome === 'deferred') waiting.push({ at: entry.until, slotAt: entry.slotAt ?? 0 });
      else if (entry?.outcome === 'pass') {
        sentAt.push(clock.now());
        await entry.release(SENT);
      }
    };
    for (let turn = 0; waiting.length > 0; turn += 1) {
      waiting.sort((a, b) => a.at - b.at);
      const [one] = waiting.splice(0, 1);
      if (!one) break;
      clock.pass(Math.max(0, one.at - clock.now()));
      await enter(one, turn);
    }
    expect(sentAt).toEqual(Array.from({ length: 100 }, (_, n) => start + n * 100));
    expect(stores.writes.rates).toBe(100);
  });

  it('keeps a place that was missed by a moment, and gives another for one that was missed by long', async () => {
    const { clock, receiverLimits, stores } = await setUp({ rateLimit: 1 });
    const slotAt = clock.now();
    clock.pass(10_000);
    await passed(await receiverLimits.enter({ ...request, slotAt })).release(SENT);
    expect(stores.writes.rates).toBe(0);
    clock.pass(1);
    await passed(await receiverLimits.enter({ ...request, slotAt })).release(SENT);
    expect(stores.writes.rates).toBe(1);
  });

  it('still gets them, at its rate, while everything is late by more than a place is kept', async () => {
    const { clock, receiverLimits } = await setUp({ rateLimit: 10 });
    const lateMs = 20_000;
    const start = clock.now();
    const waiting: { at: number; slotAt?: number }[] = Array.from({ length: 600 }, () => ({ at: start + lateMs }));
    const sentAt: number[] = [];
    for (let entered = 0; waiting.length > 0 && entered < 6_000; entered += 1) {
      waiting.sort((a, b) => a.at - b.at);
      const [one] = waiting.splice(0, 1);
      if (!one) break;
      clock.pass(Math.max(0, one.at - clock.now()));
      const entry = await receiverLimits.enter({ ...request, ...(one.slotAt && { slotAt: one.slotAt }) });
      if (entry.outcome === 'deferred') waiting.push({ at: entry.until + lateMs, slotAt: entry.slotAt ?? 0 });
      else if (entry.outcome === 'pass') {
        sentAt.push(clock.now());
        await entry.release(SENT);
      }
    }
    expect(waiting).toEqual([]);
    expect((sentAt.at(-1) ?? 0) - start).toBeLessThan(3 * 60_000);
    const inOneSecond = sentAt.map((at) => sentAt.filter((other) => other >= at && other < at + 1_000).length);
    expect(Math.max(...inOneSecond)).toBeLessThanOrEqual(20);
  });

  it('gets what an outage held up at its rate too, not all at once after it', async () => {
    const { clock, receiverLimits } = await setUp({ rateLimit: 10 });
    const slots = Array.from({ length: 100 }, (_, n) => clock.now() + n * 100);
    clock.pass(60_000);
    const entries = await Promise.all(slots.map((slotAt) => receiverLimits.enter({ ...request, slotAt })));
    // The first of the late ones, and the first of a new row.
    expect(entries.filter(({ outcome }) => outcome === 'pass')).toHaveLength(2);
    const untils = entries.flatMap((entry) => (entry.outcome === 'deferred' ? [entry.until] : []));
    expect(new Set(untils).size).toBe(98);
  });

  it('keeps the place of a delivery that something else puts off', async () => {
    const { clock, receiverLimits } = await setUp({ rateLimit: 10, maxConcurrency: 1 });
    passed(await receiverLimits.enter(request));
    const second = put(await receiverLimits.enter(request));
    clock.pass(second.until - clock.now());
    const third = put(await receiverLimits.enter({ ...request, slotAt: second.until }));
    expect(third).toMatchObject({ error: 'concurrency_limited', slotAt: second.until });
  });
});

describe('an endpoint with a limit on what is in flight', () => {
  it('never has more, whichever worker sends; a place is free when released, and lapses with the worker that held it', async () => {
    const { clock, worker, stores } = await setUp({ maxConcurrency: 2 });
    const workers = [worker(), worker(), worker()];
    const entries = await Promise.all(
      Array.from({ length: 12 }, (_, n) => (workers[n % 3] ?? worker()).enter(request)),
    );
    const passes = entries.filter(({ outcome }) => outcome === 'pass').map(passed);
    expect(passes).toHaveLength(2);
    for (const entry of entries)
      if (entry.outcome !== 'pass') expect(entry).toMatchObject({ error: 'concurrency_limited' });
    expect(put(await worker().enter(request)).until).toBeGreaterThan(clock.now());
    await passes[0]?.release(SENT);
    expect(stores.held.size).toBe(1);
    passed(await worker().enter(request));
    put(await worker().enter(request));
    clock.pass(HOLD_MS + 1);
    passed(await worker().enter(request));
  });

  it('sends back what waits one after the other, not all to the same moment', async () => {
    const { clock, receiverLimits } = await setUp({ maxConcurrency: 1 });
    passed(await receiverLimits.enter(request));
    const untils: number[] = [];
    for (let n = 0; n < 40; n += 1) untils.push(put(await receiverLimits.enter(request)).until - clock.now());
    expect(Math.min(...untils)).toBeGreaterThanOrEqual(500);
    expect(untils.at(-1)).toBeGreaterThan(5_000);
  });
});
