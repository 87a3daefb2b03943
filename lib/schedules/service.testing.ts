/** What the tests of the verbs start from. */
import { failure } from '../notifications/service.testing.ts';
import { CONTENT, makeSchedulePorts } from '../testing/schedule.ts';
import type { NewSchedule, SchedulePatch } from './schedule.ts';
import { makeScheduleService } from './service.ts';

export const tenant = 'acme';
export const setUp = (changes: Partial<ReturnType<typeof makeSchedulePorts>> = {}) => {
  const ports = { ...makeSchedulePorts(), ...changes };
  const service = makeScheduleService(ports);
  const create = async (input: Partial<NewSchedule> = {}, idempotencyKey?: string) =>
    service.create({
      input: { cron: '0 9 * * *', notification: CONTENT, ...input } as NewSchedule,
      tenant,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
  return {
    ...ports,
    service,
    create,
    patch: async (id: string, patch: object, ifMatch?: string) =>
      service.patch({ id, tenant, patch: patch as SchedulePatch, ...(ifMatch !== undefined && { ifMatch }) }),
    only: () => ports.memory.all()[0],
  };
};

export const pointers = async (work: Promise<unknown>): Promise<string[]> =>
  ((await failure(work)).errors ?? []).map(({ pointer }) => pointer);
