/**
 * Every step of every operation, with every fault at it; afterwards the world is left alone and
 * must come to rest.
 */
import { describe, expect, it } from 'vitest';
import { calm } from '../testing/calm.ts';
import { FAULTS, type Passing, settled } from '../testing/checkpoints.ts';
import { makeWorld, TENANT, type World } from '../testing/world.ts';

/** Lets the checkpoints pass in order; the nth gets the fault. False when there were fewer. */
const runTo = async (world: World, nth: number, fault: Passing): Promise<boolean> => {
  for (let checkpoint = 0; checkpoint <= nth; checkpoint += 1) {
    await settled();
    const waiting = world.checkpoints.waiting.filter(({ isSleep }) => !isSleep);
    if (waiting.length === 0) return false;
    waiting[0]?.open(checkpoint === nth ? fault : 'pass');
  }
  return true;
};

const drain = async (world: World): Promise<void> => {
  while (await runTo(world, 0, 'pass'));
};

const input = (world: World, inMs: number, bounds: object = {}) => ({
  notification_type: 'user.signup',
  entity_id: 'e',
  send_at: new Date(world.clock.now() + inMs).toISOString(),
  email: 'a@example.com',
  phone: '9999912345',
  ...bounds,
});
const HOUR_MS = 3_600_000;

const create = (world: World, inMs: number, bounds: object = {}): { ids: string[] } => {
  const accepted = { ids: [] as string[] };
  world.api(
    (service) => service.create({ input: input(world, inMs, bounds), tenant: TENANT, idempotencyKey: 'k' }),
    (result) => {
      if ('value' in result) accepted.ids.push(result.value.item.id);
    },
  );
  return accepted;
};
const created = async (world: World, inMs: number, bounds: object = {}): Promise<{ id: string; tenant: string }> => {
  const accepted = create(world, inMs, bounds);
  await drain(world);
  return { id: accepted.ids[0] ?? '', tenant: TENANT };
};
const receive = (world: World, queue: 'delivery' | 'schedule'): void => {
  const [message] = world.ready(queue);
  if (message) world.receive(queue, message);
};

/** What is prepared before the step in question begins. */
const scenarios: Record<string, (world: World) => Promise<{ ids: string[] } | undefined>> = {
  create: async (world) => create(world, 0),
  'create far ahead': async (world) => create(world, HOUR_MS),
  schedule: async (world) => {
    await created(world, HOUR_MS);
    receive(world, 'schedule');
    return undefined;
  },
  deliver: async (world) => {
    await created(world, 0);
    receive(world, 'delivery');
    return undefined;
  },
  'deliver, to be retried': async (world) => {
    world.nextAnswer.of = (name) => (name === 'sms' ? { outcome: 'retry', error: 'http_503' } : { outcome: 'sent' });
    await created(world, 0);
    receive(world, 'delivery');
    return undefined;
  },
  'deliver, put off': async (world) => {
    const until = world.clock.now() + 31_000;
    world.nextEntry.of = () => ({ outcome: 'deferred', error: 'rate_limited', until, slotAt: until });
    await created(world, 0);
    receive(world, 'delivery');
    return undefined;
  },
  'create outside its window': async (world) => create(world, 0, { window: { from: '13:00', until: '14:00' } }),
  'create to be dropped': async (world) =>
    create(world, 0, { window: { from: '13:00', until: '14:00', outside: 'drop' } }),
  'deliver after its window': async (world) => {
    await created(world, 0, { window: { from: '11:00', until: '13:00' } });
    world.clock.pass(HOUR_MS);
    receive(world, 'delivery');
    return undefined;
  },
  'deliver what has expired': async (world) => {
    await created(world, 0, { expires_after: 'PT1H' });
    world.clock.pass(HOUR_MS);
    receive(world, 'delivery');
    return undefined;
  },
  'deliver, to be retried outside its window': async (world) => {
    world.nextAnswer.of = () => ({ outcome: 'retry', error: 'http_503', retryAfterMs: HOUR_MS });
    await created(world, 0, { window: { from: '11:00', until: '12:30' } });
    receive(world, 'delivery');
    return undefined;
  },
  'reconcile what has expired': async (world) => {
    await created(world, 0, { expires_after: 'PT1S' });
    world.queues.delivery.length = 0;
    world.clock.pass(HOUR_MS);
    world.reconcile();
    return undefined;
  },
  stop: async (world) => {
    const address = await created(world, HOUR_MS);
    world.api((service) => service.stop(address));
    return undefined;
  },
  cancel: async (world) => {
    const address = await created(world, HOUR_MS);
    world.api(
      (service) => service.cancel(address),
      (result) => ('value' in result ? void world.recorder.canceled.add(address.id) : undefined),
    );
    return undefined;
  },
  reschedule: async (world) => {
    const address = await created(world, HOUR_MS);
    receive(world, 'schedule');
    await drain(world);
    world.api((service) => service.edit({ ...address, patch: { send_at: '2026-03-05T00:00:00Z' } }));
    return undefined;
  },
  retry: async (world) => {
    world.nextAnswer.of = () => ({ outcome: 'failed', error: 'http_410' });
    const address = await created(world, 0);
    receive(world, 'delivery');
    await drain(world);
    world.api((service) => service.retry(address));
    return undefined;
  },
  reconcile: async (world) => {
    await created(world, 0);
    world.queues.delivery.length = 0;
    world.clock.pass(HOUR_MS);
    world.reconcile();
    return undefined;
  },
};

describe('1. After any crash every accepted notification still ends, and 5. every outage is recovered from', () => {
  for (const [name, begin] of Object.entries(scenarios)) {
    for (const fault of FAULTS) {
      it(`${name}: ${fault} at any step`, async () => {
        let faults = 0;
        for (let nth = 0; ; nth += 1) {
          const world = makeWorld();
          const accepted = await begin(world);
          const reached = await runTo(world, nth, fault);
          await calm(world);
          world.recorder.checkEnd(accepted?.ids ?? world.memory.raw().map(({ id }) => id));
          if (!reached) break;
          faults += 1;
          const unknown = world.memory
            .raw()
            .flatMap(({ attempts }) => attempts.filter(({ outcome }) => outcome === 'unknown'));
          const claims = [...world.recorder.sends.keys()].length;
          expect(claims).toBeLessThanOrEqual(4 + unknown.length);
        }
        expect(faults).toBeGreaterThan(0);
      });
    }
  }
});
