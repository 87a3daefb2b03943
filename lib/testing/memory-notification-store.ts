import type { Notification } from '../notifications/notification.ts';
import type { NotificationStore } from '../notifications/repository.ts';
import { canClaim, claimed } from '../notifications/state/worker-steps.ts';
import type { Clock } from '../platform/clock.ts';
import { checkStoredSize, makeMemoryItems } from './memory-store.ts';

export const makeMemoryNotificationStore = (clock: Clock) => {
  const items = makeMemoryItems<Notification>(clock);

  const store: NotificationStore = {
    ...items.store,
    checkSize: async (item) => checkStoredSize(item),
    claim: async ({ id, timerSeq, now, lease, writeId }) => {
      const item = items.read(id);
      if (item && canClaim(item, { seq: timerSeq }, now)) return items.write(claimed(item, lease, { now, writeId }));
      return item?.lease?.id === lease.id ? { written: true, item } : { written: false, current: item };
    },
    markScheduled: async ({ id, timerSeq, nextCheckAt, writeId }) => {
      const item = items.read(id);
      if (item?.status === 'PENDING' && item.timerSeq === timerSeq) {
        return items.write({ ...item, status: 'SCHEDULED', nextCheckAt, checks: 0, writeId });
      }
      return item?.writeId === writeId ? { written: true, item } : { written: false, current: item };
    },
    list: async ({ entityId, group, type, matches, ...query }) =>
      items.list({
        ...query,
        matches: (item) =>
          (entityId === undefined || item.entityId === entityId) &&
          (group === undefined || item.group === group) &&
          (type === undefined || item.type === type) &&
          (matches?.(item) ?? true),
      }),
  };
  return { ...items, store };
};
