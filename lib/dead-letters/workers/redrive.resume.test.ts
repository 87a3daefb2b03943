import { describe, expect, it } from 'vitest';
import { makeReconcileService } from '../../notifications/workers/reconcile.ts';
import { forever } from '../../testing/jobs.ts';
import { setUp, tenant } from './redrive.testing.ts';

describe('the reconciler and a job', () => {
  it('sends a job on that made no progress, later each time, and never one that is done', async () => {
    const { ports, order, service, job } = setUp();
    const { id } = (await order({ input: {}, tenant })).job;
    expect(await service.check(id)).toBe(false);
    for (const waitMs of [120_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
      ports.clock.pass(waitMs - 1);
      expect(await service.check(id)).toBe(false);
      ports.clock.pass(1);
      expect(await service.check(id)).toBe(true);
    }
    expect(ports.replayed).toHaveLength(7);
    await service.run(id, forever);
    expect(job(id)?.status).toBe('DONE');
    ports.clock.pass(3_600_000);
    expect(await service.check(id)).toBe(false);
  });

  it('is part of a pass', async () => {
    const { ports, order, service } = setUp();
    const { id } = (await order({ input: {}, tenant })).job;
    ports.clock.pass(120_000);
    const open = {
      due: async () => [{ id, kind: 'job' as const, nextCheckAt: ports.clock.now() }],
      postpone: async () => undefined,
    };
    const checkEvent = async () => false;
    const reconciling = makeReconcileService({ ...ports, open, checkEvent, checkJob: service.check });
    expect(await reconciling.pass(forever)).toBe(1);
    expect(ports.replayed).toEqual([id, id]);
    expect(ports.recording.calls).toContainEqual({ verb: 'reconciled', args: [{ kind: 'job' }] });
  });
});
