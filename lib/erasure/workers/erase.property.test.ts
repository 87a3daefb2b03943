import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import { makeEventProcessService } from '../../events/workers/process.ts';
import { makeChanges } from '../../notifications/changes.ts';
import { isOpen } from '../../notifications/notification.ts';
import { makeNotificationService } from '../../notifications/service.ts';
import { finish } from '../../notifications/state/worker-steps.ts';
import { claimOf } from '../../testing/claim.ts';
import { rawMessage } from '../../testing/dead-letters.ts';
import { makeErasurePorts, makeErasureRunner } from '../../testing/erasure.ts';
import { makeEvent } from '../../testing/event.ts';
import { forever } from '../../testing/jobs.ts';
import type { ErasureJob } from '../erasure-job.ts';
import { makeErasureService } from '../service.ts';

const tenant = 'default';
const EMAIL = 'mark@example.com';

const record = fc.record({
  of: fc.constantFrom('notification' as const, 'event' as const, 'message' as const),
  mine: fc.boolean(),
  /** A worker claims it when the job first touches it, and finishes a little later. */
  claimed: fc.boolean(),
  /** Its event is processed while the job runs. */
  processed: fc.boolean(),
});
const trouble = fc.record({
  crashes: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 10, size: 'max' }),
  workers: fc.integer({ min: 1, max: 3 }),
});
type Kind = { of: 'notification' | 'event' | 'message'; mine: boolean; claimed: boolean; processed: boolean };

const setUp = async (made: Kind[]) => {
  const ports = makeErasurePorts();
  const service = makeNotificationService(ports);
  const claims: string[] = [];
  const others: string[] = [];
  for (const [n, { of, mine, claimed }] of made.entries()) {
    const email = mine ? EMAIL : 'other@example.com';
    if (of === 'message') ports.stored.raws.write(rawMessage(`dlm_${n}`, ports.clock.now(), { body: `to ${email}` }));
    if (of === 'event') ports.stored.events.write(makeEvent({ id: `evt_${n}`, writeId: `e${n}`, payload: { email } }));
    if (of === 'notification') {
      const send_at = new Date(ports.clock.now()).toISOString();
      const input = { notification_type: 'user.signup', entity_id: `e${n}`, send_at, email };
      const { item } = await service.create({ input, tenant });
      if (claimed) claims.push(item.id);
      if (!mine) others.push(item.id);
    }
  }
  return { ports, claims, others };
};

it('whatever crashes, races or is being sent: nothing of the person is left, nothing is sent afterwards, others are untouched', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 15 }), trouble, async (made, { crashes, workers }) => {
      const { ports, claims, others } = await setUp(made);
      const before = others.map((id) => ports.stored.notifications.read(id));
      const job = await makeErasureService(ports).order({ input: { email: EMAIL }, tenant });
      const changes = makeChanges(ports);

      const deliveries = claims.map(async (id) => {
        const claim = claimOf({ id, timerSeq: 1 }, ports.clock, id);
        const taken = await ports.notifications.claim(claim);
        if (!taken.written) return;
        for (let pause = 0; pause < 5; pause += 1) await Promise.resolve();
        const now = ports.clock.now();
        const results = {
          email: { startedAt: now, finishedAt: now, result: { outcome: 'retry' as const, error: 'timeout' as const } },
        };
        await changes.apply(taken.item, (item) => finish(item, id, results, changes.writeContext()));
      });
      const processing = made.flatMap(({ of, processed }, n) =>
        of === 'event' && processed ? [makeEventProcessService(ports).process(`evt_${n}`)] : [],
      );

      let calls = 0;
      const fragile = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => {
        return async (...args: A): Promise<T> => {
          calls += 1;
          if (crashes.includes(calls)) throw new ServiceError('unavailable', 'crash');
          const result = await call(...args);
          calls += 1;
          // The write is there, its answer is not.
          if (crashes.includes(calls)) throw new ServiceError('unavailable', 'crash');
          return result;
        };
      };
      const { notifications, events, jobPorts, deadLetters } = ports;
      const worker = makeErasureRunner({
        ...ports,
        notifications: {
          ...notifications,
          replace: fragile(notifications.replace),
          create: fragile(notifications.create),
        },
        events: { ...events, replace: fragile(events.replace), list: fragile(events.list) },
        jobPorts: { ...jobPorts, jobs: { ...jobPorts.jobs, replace: fragile(jobPorts.jobs.replace) } },
        deadLetters: {
          ...deadLetters,
          messages: { ...deadLetters.messages, replace: fragile(deadLetters.messages.replace) },
        },
      });
      const run = () => worker.run(job.id, forever).catch(() => undefined);
      await Promise.all([...deliveries, ...processing, ...Array.from({ length: workers }, run)]);
      for (let round = 0; round < crashes.length + 3; round += 1) await run();

      const done = ports.stored.jobs.read(job.id) as ErasureJob | undefined;
      expect(done).toMatchObject({ status: 'DONE', claimed: [] });
      const all = [ports.stored.notifications.raw(), ports.stored.events.raw(), ports.stored.raws.raw(), done];
      expect(JSON.stringify([all, ports.logged, ports.recording.calls])).not.toContain('mark');
      const gone = ports.stored.notifications.raw().filter((item) => item.erasedBy === job.id);
      expect(gone.every((item) => !isOpen(item) && item.channels.email?.to === 'erased')).toBe(true);
      const mine = made.filter((one) => one.mine && one.of !== 'notification').length;
      expect(done?.erased).toBe(mine + gone.length);
      expect(others.filter((id) => !claims.includes(id)).map((id) => ports.stored.notifications.read(id))).toEqual(
        before.filter((item) => item && !claims.includes(item.id)),
      );
    }),
    { numRuns: 200 },
  );
});
