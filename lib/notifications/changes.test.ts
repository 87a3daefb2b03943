import { describe, expect, it } from 'vitest';
import { makeTestPorts } from '../testing/ports.ts';
import { claim, created, HOPELESS, SENT, type State, states } from '../testing/states.ts';
import { makeChanges } from './changes.ts';
import type { Notification } from './notification.ts';
import { cancel, retry, type Step, stop } from './state/client-commands.ts';
import { finish } from './state/worker-steps.ts';

const applied = async (
  item: Notification,
  decide: (item: Notification, on: ReturnType<ReturnType<typeof makeChanges>['writeContext']>) => Step,
) => {
  const ports = makeTestPorts();
  await ports.notifications.create(item);
  const { apply, writeContext } = makeChanges(ports);
  const result = await apply(item, (current) => decide(current, writeContext()));
  return { ...ports, ...result };
};
const must = <T>(step: T | undefined | { refused: string }): T => {
  if (!step || (typeof step === 'object' && 'refused' in step)) throw new Error('refused');
  return step as T;
};
const outcome = (result: typeof SENT | typeof HOPELESS) => ({ startedAt: 0, finishedAt: 0, result });

describe('a change', () => {
  it('is written once, and then counted and handed off', async () => {
    const { memory, recording, disarmed, moved } = await applied(
      states.SCHEDULED(),
      (item, on) => must(cancel(item, on)) as Step,
    );
    expect(moved).toBe(true);
    expect(memory.read('ntf_1')?.status).toBe('CANCELED');
    expect(recording.calls).toEqual([{ verb: 'notificationCanceled', args: [] }]);
    expect(disarmed).toMatchObject([{ id: 'ntf_1', seq: 1 }]);
  });

  it('counts every end by its status', async () => {
    const single = claim(created(undefined, { email: 'a@example.com' }).next);
    const end = (result: typeof SENT | typeof HOPELESS) =>
      applied(single, (item, on) => must(finish(item, item.lease?.id ?? '', { email: outcome(result) }, on)) as Step);
    expect((await end(SENT)).recording.calls).toEqual([{ verb: 'notificationSent', args: [] }]);
    expect((await end(HOPELESS)).recording.calls).toEqual([
      { verb: 'notificationFailed', args: [{ reason: 'http_410' }] },
      { verb: 'deadLetter', args: [{ kind: 'delivery' }] },
    ]);
    const stopped = await applied(states.RETRYING(), (item, on) => must(stop(item, on)) as Step);
    expect(stopped.recording.calls).toEqual([{ verb: 'notificationFailed', args: [{ reason: 'stopped' }] }]);
    const reopened = await applied(states.FAILED(), (item, on) => must(retry(item, on)) as Step);
    expect(reopened.recording.calls).toEqual([]);
  });

  it('that opens it again and loses to another gives its event back the time it had', async () => {
    const item = { ...states.FAILED(), eventId: 'evt_1' };
    const ports = makeTestPorts();
    await ports.notifications.create(item);
    ports.memory.write({ ...item, writeId: 'faster' });
    const { apply, writeContext } = makeChanges(ports);
    let tries = 0;
    await apply(item, (current) => {
      tries += 1;
      return tries === 1 ? (must(retry(current, writeContext())) as Step) : undefined;
    });
    expect(ports.keptUntil).toEqual([
      { id: 'evt_1', expiresAt: undefined },
      { id: 'evt_1', expiresAt: (item.expiresAt ?? 0) + 86_400 },
    ]);
  });

  it('that would end it and loses leaves its event alone: the end that comes will see to that', async () => {
    const item = { ...states.PENDING(), eventId: 'evt_1' };
    const ports = makeTestPorts();
    await ports.notifications.create(item);
    ports.memory.write({ ...claim(item), writeId: 'faster' });
    const { apply, writeContext } = makeChanges(ports);
    await apply(item, (current) => {
      const step = cancel(current, writeContext());
      return 'refused' in step ? undefined : step;
    });
    expect(ports.keptUntil).toMatchObject([{ id: 'evt_1', expiresAt: expect.any(Number) }]);
  });

  it('of nothing writes nothing', async () => {
    for (const state of ['CANCELED', 'FAILED by stop'] satisfies State[]) {
      const before = states[state]();
      const { memory, moved, recording } = await applied(before, (item, on) => must(stop(item, on)) as Step);
      expect([moved, memory.read('ntf_1'), recording.calls]).toEqual([false, before, []]);
    }
  });

  it('to what is gone is nothing', async () => {
    const { apply } = makeChanges(makeTestPorts());
    expect(await apply(undefined, () => undefined)).toEqual({ item: undefined, moved: false });
  });
});
