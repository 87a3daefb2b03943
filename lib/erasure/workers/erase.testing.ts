import { makeEventService } from '../../events/service.ts';
import { makeNotificationService } from '../../notifications/service.ts';
import { claimOf } from '../../testing/claim.ts';
import { makeErasurePorts, makeErasureRunner } from '../../testing/erasure.ts';
import { makeErasureService } from '../service.ts';

export const tenant = 'default';
export const email = 'mark@example.com';

export const setUp = () => {
  const ports = makeErasurePorts();
  const notifications = makeNotificationService(ports);
  const events = makeEventService(ports);
  const { order, job } = makeErasureService(ports);
  const at = (fromNowMs: number) => new Date(ports.clock.now() + fromNowMs).toISOString();
  return {
    ports,
    notifications,
    events,
    order,
    job,
    worker: makeErasureRunner(ports),
    create: async (changes: Record<string, unknown> = {}, fromNowMs = 0) => {
      const input = {
        notification_type: 'user.signup',
        entity_id: 'user-1',
        send_at: at(fromNowMs),
        email,
        ...changes,
      };
      return (await notifications.create({ input: input as never, tenant })).item;
    },
    publish: async (payload: Record<string, unknown>) =>
      (await events.publish({ input: { type: 'user.signup', payload }, tenant })).event,
    everything: () =>
      JSON.stringify([
        ports.stored.notifications.raw(),
        ports.stored.events.raw(),
        ports.stored.raws.raw(),
        ports.stored.jobs.raw(),
        ports.logged,
        ports.recording.calls,
      ]),
  };
};
export type World = ReturnType<typeof setUp>;

export const claim = async ({ ports }: World, id: string) => {
  const item = ports.stored.notifications.read(id);
  return ports.notifications.claim(claimOf({ id, timerSeq: item?.timerSeq ?? 0 }, ports.clock));
};
