import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import type { Due } from '../../store/open-index.ts';
import { recordSpans } from '../../telemetry/tracing.testing.ts';
import { inEntrySpan, traceFields } from '../../telemetry/tracing.ts';
import { makeMemoryOpenIndex } from '../../testing/memory-open-index.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import { states } from '../../testing/states.ts';
import type { Notification } from '../notification.ts';
import { makeReconcileService } from './reconcile.ts';

const MINUTE_MS = 60_000;

const setUp = async (items: Notification[], others: { id: string; kind: Due['kind'] }[] = []) => {
  const ports = makeTestPorts();
  for (const item of items) await ports.notifications.create(item);
  const looked: string[] = [];
  const lookAfter = async (id: string): Promise<boolean> => {
    const first = !looked.includes(id);
    looked.push(id);
    return first;
  };
  const index = makeMemoryOpenIndex(ports.memory);
  const all = {
    ...ports,
    open: {
      ...index,
      due: async (now: number, limit: number) => [
        ...others.map((one) => ({ ...one, nextCheckAt: now })),
        ...(await index.due(now, limit)),
      ],
    },
    checkEvent: lookAfter,
    checkJob: lookAfter,
  };
  const pass = (remainingMs = () => 60_000, changes: Partial<typeof all> = {}) =>
    makeReconcileService({ ...all, ...changes }).pass({ remainingMs });
  return { ...all, looked, pass };
};

const pending = (n: number): Notification => ({ ...states.PENDING(), id: `ntf_${n}`, writeId: `w${n}` });

describe('a pass of the reconciler', () => {
  it('resumes everything that is due for a check, page after page, each once', async () => {
    const { pass, clock, armed, recording } = await setUp(Array.from({ length: 450 }, (_, n) => pending(n)));
    clock.pass(5 * MINUTE_MS);
    expect(await pass()).toBe(450);
    expect(new Set(armed.map(({ id }) => id)).size).toBe(450);
    expect(armed).toHaveLength(450);
    expect(recording.count('reconciled')).toBe(450);
    expect(await pass()).toBe(0);
    expect(recording.count('reconcilePassed')).toBe(2);
  });

  it('sends nothing on in its own trace: what it puts back belongs to another', async () => {
    const recorded = recordSpans();
    const { pass, clock, timer } = await setUp([pending(1)]);
    clock.pass(5 * MINUTE_MS);
    const carried: object[] = [];
    const arm = async (): Promise<void> => void carried.push(traceFields());
    await inEntrySpan('pass', {}, () => pass(undefined, { timer: { ...timer, arm } }));
    recorded.stop();
    expect(carried).toEqual([{}]);
  });

  it('overlapping with another sends each timer once', async () => {
    const { pass, clock, armed } = await setUp(Array.from({ length: 30 }, (_, n) => pending(n)));
    clock.pass(5 * MINUTE_MS);
    await Promise.all([pass(), pass(), pass()]);
    expect(armed).toHaveLength(30);
  });

  it('looks after events and jobs too, and counts those that it resumed; jobs count themselves', async () => {
    const others = [
      { id: 'evt_1', kind: 'event' as const },
      { id: 'job_1', kind: 'job' as const },
    ];
    const { pass, looked, recording } = await setUp([], others);
    expect(await pass()).toBe(2);
    expect(new Set(looked)).toEqual(new Set(['evt_1', 'job_1']));
    const reconciled = recording.calls.filter(({ verb }) => verb === 'reconciled');
    expect(reconciled.map(({ args }) => args[0])).toEqual([{ kind: 'event' }]);
  });

  /** As if the field key of the first `count` were missing. */
  const unreadable = (kit: Awaited<ReturnType<typeof setUp>>, count: number, error: () => Error) => ({
    notifications: {
      ...kit.notifications,
      get: async (id: string) => {
        if (Number(id.slice('ntf_'.length)) < count) throw error();
        return kit.notifications.get(id);
      },
    },
  });
  const noKey = () => new Error('cannot be decrypted: FIELD_KEYS has no key "k1"');

  it('goes on when one cannot be handled, and looks at that one again ten minutes later', async () => {
    const kit = await setUp(Array.from({ length: 5 }, (_, n) => pending(n)));
    kit.clock.pass(5 * MINUTE_MS);
    expect(await kit.pass(undefined, unreadable(kit, 1, noKey))).toBe(4);
    expect(kit.armed.map(({ id }) => id).toSorted()).toEqual(['ntf_1', 'ntf_2', 'ntf_3', 'ntf_4']);
    expect(kit.recording.calls).toContainEqual({ verb: 'reconciled', args: [{ kind: 'postponed' }] });
    expect(kit.logged).toMatchObject([{ level: 'error', fields: { id: 'ntf_0', error: String(noKey()) } }]);
    kit.clock.pass(10 * MINUTE_MS - 1);
    await kit.pass();
    expect(kit.armed.map(({ id }) => id)).not.toContain('ntf_0');
    kit.clock.pass(1);
    await kit.pass();
    expect(kit.armed.map(({ id }) => id)).toContain('ntf_0');
  });

  it('is not starved by more than the largest page of items that cannot be read', async () => {
    const first = Array.from({ length: 4_500 }, (_, n) => pending(n));
    const last = { ...pending(4_500), nextCheckAt: (first[0]?.nextCheckAt ?? 0) + 1 };
    const kit = await setUp([...first, last]);
    kit.clock.pass(5 * MINUTE_MS);
    expect(await kit.pass(undefined, unreadable(kit, 4_500, noKey))).toBe(1);
    expect(kit.armed).toMatchObject([{ id: 'ntf_4500' }]);
  });

  it('leaves what an outage kept it from due as it is, for the next pass', async () => {
    const kit = await setUp([pending(0), pending(1)]);
    kit.clock.pass(5 * MINUTE_MS);
    expect(
      await kit.pass(
        undefined,
        unreadable(kit, 2, () => new ServiceError('unavailable', 'away')),
      ),
    ).toBe(0);
    expect(kit.recording.count('reconciled')).toBe(0);
    expect(await kit.pass()).toBe(2);
  });

  it('goes on when an item cannot even be put off', async () => {
    const kit = await setUp([pending(0), pending(1)]);
    kit.clock.pass(5 * MINUTE_MS);
    const postpone = async () => {
      throw new ServiceError('unavailable', 'away');
    };
    const changes = { ...unreadable(kit, 1, noKey), open: { ...kit.open, postpone } };
    expect(await kit.pass(undefined, changes)).toBe(1);
  });

  it('ends before its invocation does', async () => {
    const { pass, clock, armed } = await setUp(Array.from({ length: 100 }, (_, n) => pending(n)));
    clock.pass(5 * MINUTE_MS);
    let asked = 0;
    await pass(() => {
      asked += 1;
      return asked > 20 ? 5_000 : 60_000;
    });
    expect(armed.length).toBeGreaterThan(0);
    expect(armed.length).toBeLessThan(100);
  });

  it('takes over what a dead worker held, by real time, whatever the clock was advanced to', async () => {
    const item = states.SENDING();
    const { pass, clock, memory, recording } = await setUp([item]);
    clock.advance(10 * MINUTE_MS);
    await pass();
    expect(memory.read(item.id)?.status).toBe('SENDING');
    expect(recording.count('reconciled')).toBe(0);
    clock.pass(31_000);
    await pass();
    expect(memory.read(item.id)).toMatchObject({
      status: 'RETRYING',
      attempts: [{ outcome: 'unknown' }, { outcome: 'unknown' }],
    });
    expect(recording.calls).toContainEqual({ verb: 'reconciled', args: [{ kind: 'lease' }] });
  });

  it('builds what it sends from the item, never from the index', async () => {
    const { pass, notifications, clock, armed, memory } = await setUp(
      [pending(1)],
      [{ id: 'ntf_gone', kind: 'notification' }],
    );
    clock.pass(5 * MINUTE_MS);
    const item = memory.read('ntf_1');
    if (!item) throw new Error('gone');
    await notifications.replace({ ...item, timerSeq: 7, dueAt: clock.now() + 1_000, writeId: 'moved' }, item.writeId);
    await pass();
    expect(armed).toMatchObject([{ id: 'ntf_1', seq: 7, due: clock.now() + 1_000 }]);
  });
});
