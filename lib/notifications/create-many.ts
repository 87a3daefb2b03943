import { ITEMS_MAX } from '../batch/read.ts';
import type { BatchSteps } from '../batch/run.ts';
import { makeLoadingCache } from '../concurrency/loading-cache.ts';
import type { NewNotification } from './notification.ts';
import type { NotificationStore } from './repository.ts';
import type { Creation, makeNotificationService, NotificationServicePorts, Prepared } from './service.ts';

export interface CreateManyPorts extends Pick<NotificationServicePorts, 'clock' | 'endpoints'> {
  notifications: Pick<NotificationStore, 'checkSize'>;
  service: Pick<ReturnType<typeof makeNotificationService>, 'steps'>;
}

/** Creates each item of a batch as `create` does. They share the reads of endpoints, and one hand-off. */
export const createMany = (
  { service: { steps }, notifications, endpoints, clock }: CreateManyPorts,
  tenant: string,
): BatchSteps<NewNotification, Prepared, Creation> => {
  const load = (id: string) => endpoints.get(id);
  const shared = makeLoadingCache({ load, clock, maxAgeMs: Number.POSITIVE_INFINITY, entriesMax: ITEMS_MAX });
  return {
    prepare: (item) => steps.prepare({ ...item, tenant }, shared),
    checkSize: async (prepared) => {
      if ('step' in prepared) await notifications.checkSize(prepared.step.next);
    },
    write: steps.store,
    handOff: (creations) => steps.handOff(creations.flatMap(({ effects }) => effects)),
  };
};
