/** Whatever fails or dies in a batch: what was answered is stored, and a repetition makes nothing twice. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeBatchRunner } from '../batch/run.ts';
import { ServiceError } from '../errors.ts';
import { createMany } from './create-many.ts';
import type { NotificationStore } from './repository.ts';
import { setUp, tenant } from './service.testing.ts';
import { makeNotificationService } from './service.ts';

type Fault = 'pass' | 'refuse' | 'lose the answer' | 'die' | 'die after';
const faults = fc.array(
  fc.constantFrom<Fault>('pass', 'pass', 'pass', 'refuse', 'lose the answer', 'die', 'die after'),
  { maxLength: 40 },
);
const keys = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 20 });

const never = (): Promise<never> => new Promise(() => {});

/** The store as one process sees it; `died` once that process is gone. */
const faulty = (store: NotificationStore, plan: Fault[]) => {
  const died = Promise.withResolvers<'died'>();
  let isDead = false;
  const die = (): Promise<never> => {
    isDead = true;
    died.resolve('died');
    return never();
  };
  const create: NotificationStore['create'] = async (item) => {
    if (isDead) return never();
    const fault = plan.shift() ?? 'pass';
    if (fault === 'refuse') throw new ServiceError('unavailable', 'down');
    if (fault === 'die') return die();
    const result = await store.create(item);
    if (fault === 'lose the answer') throw new ServiceError('unavailable', 'lost');
    return fault === 'die after' ? die() : result;
  };
  return { store: { ...store, create }, died: died.promise };
};

it('a batch that is repeated until each item is answered leaves one record for each key, each armed by a process that lived', async () => {
  await fc.assert(
    fc.asyncProperty(faults, keys, async (plan, given) => {
      const ports = setUp();
      const input = ports.input();
      const items = given.map((key) => () => ({ input, idempotencyKey: `k${key}` }));
      const attempt = async (faultsOfProcess: Fault[]) => {
        const { store: notifications, died } = faulty(ports.notifications, faultsOfProcess);
        const process = { ...ports, notifications };
        const steps = createMany({ ...process, service: makeNotificationService(process) }, tenant);
        return Promise.race([makeBatchRunner(process)({ items, rejectsAll: false }, tenant, steps), died]);
      };
      const seen = new Map<number, string>();
      for (let round = 0; ; round += 1) {
        const outcomes = await attempt(round === 3 ? [] : plan);
        if (outcomes === 'died') continue;
        for (const [index, outcome] of outcomes.entries()) {
          if ('error' in outcome) continue;
          const { id } = outcome.result.item;
          expect(ports.memory.read(id)).toBeDefined();
          expect(seen.get(given[index] ?? -1) ?? id).toBe(id);
          seen.set(given[index] ?? -1, id);
        }
        if (outcomes.every((one) => 'result' in one)) break;
      }
      expect(
        ports.memory
          .all()
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual([...new Set(seen.values())].toSorted());
      expect(seen.size).toBe(new Set(given).size);
      // What a process that died had stored is in the reconciler's index.
      for (const item of ports.memory.all()) expect(item.nextCheckAt).toBeDefined();
      const armed = ports.armed.map(({ id }) => id);
      expect(new Set(armed).size).toBe(armed.length);
    }),
    { numRuns: 60 },
  );
});
