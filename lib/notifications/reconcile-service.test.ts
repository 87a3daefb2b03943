import { describe, expect, it } from 'vitest';
import { makeTestPorts } from '../testing/ports.ts';
import { states } from '../testing/states.ts';
import type { Notification } from './notification.ts';
import { makeReconcileService } from './reconcile-service.ts';

const MINUTE_MS = 60_000;

type Kind = 'notification' | 'event' | 'job';

const setUp = async (items: Notification[], others: { id: string; kind: Kind }[] = []) => {
  const ports = makeTestPorts();
  for (const item of items) await ports.notifications.create(item);
  const looked: string[] = [];
  const isDue = ({ nextCheckAt }: Notification, now: number): boolean =>
    nextCheckAt !== undefined && nextCheckAt <= now;
  const lookAfter = async (id: string): Promise<boolean> => {
    const first = !looked.includes(id);
    looked.push(id);
    return first;
  };
  const all = {
    ...ports,
    open: {
      due: async (now: number, limit: number) => [
        ...others,
        ...ports.memory
          .all()
          .filter((item) => isDue(item, now))
          .slice(0, limit)
          .map(({ id }) => ({ id, kind: 'notification' as const })),
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
  it('puts everything due for a look on the road, page after page, and each once', async () => {
    const { pass, clock, armed, recording } = await setUp(Array.from({ length: 450 }, (_, n) => pending(n)));
    clock.pass(5 * MINUTE_MS);
    expect(await pass()).toBe(450);
    expect(new Set(armed.map(({ id }) => id)).size).toBe(450);
    expect(armed).toHaveLength(450);
    expect(recording.count('reconciled')).toBe(450);
    expect(await pass()).toBe(0);
    expect(recording.count('reconcilePassed')).toBe(2);
  });

  it('overlapping with another sends each timer once', async () => {
    const { pass, clock, armed } = await setUp(Array.from({ length: 30 }, (_, n) => pending(n)));
    clock.pass(5 * MINUTE_MS);
    await Promise.all([pass(), pass(), pass()]);
    expect(armed).toHaveLength(30);
  });

  it('looks after events and jobs too, and counts by kind', async () => {
    const others = [
      { id: 'evt_1', kind: 'event' as const },
      { id: 'job_1', kind: 'job' as const },
    ];
    const { pass, looked, recording } = await setUp([], others);
    expect(await pass()).toBe(2);
    expect(new Set(looked)).toEqual(new Set(['evt_1', 'job_1']));
    const reconciled = recording.calls.filter(({ verb }) => verb === 'reconciled');
    expect(reconciled.map(({ args }) => args[0])).toEqual([{ kind: 'event' }, { kind: 'job' }]);
  });

  it('goes on when one cannot be handled, and leaves that one for the next pass', async () => {
    const kit = await setUp(Array.from({ length: 5 }, (_, n) => pending(n)));
    kit.clock.pass(5 * MINUTE_MS);
    const get = async (id: string) => {
      if (id === 'ntf_2') throw new Error('poisoned');
      return kit.notifications.get(id);
    };
    expect(await kit.pass(undefined, { notifications: { ...kit.notifications, get } })).toBe(4);
    expect(kit.armed.map(({ id }) => id).toSorted()).toEqual(['ntf_0', 'ntf_1', 'ntf_3', 'ntf_4']);
    expect(await kit.pass()).toBe(1);
  });

  it('is not starved by a page full of items that cannot be handled', async () => {
    const { pass, clock, armed, notifications } = await setUp(Array.from({ length: 450 }, (_, n) => pending(n)));
    clock.pass(5 * MINUTE_MS);
    const get = async (id: string) => {
      if (Number(id.slice('ntf_'.length)) < 440) throw new Error('cannot be read');
      return notifications.get(id);
    };
    expect(await pass(undefined, { notifications: { ...notifications, get } })).toBe(10);
    expect(armed).toHaveLength(10);
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
