import type { Notification } from '../notifications/notification.ts';
import type { OpenIndex } from '../store/open-index.ts';

interface Items {
  all(): Notification[];
  read(id: string): Notification | undefined;
  write(item: Notification): unknown;
}

/** Over notifications in memory, oldest look first. */
export const makeMemoryOpenIndex = (items: Items): OpenIndex => ({
  due: async (now, limit) =>
    items
      .all()
      .flatMap(({ id, nextCheckAt }) =>
        nextCheckAt !== undefined && nextCheckAt <= now ? [{ id, kind: 'notification' as const, nextCheckAt }] : [],
      )
      .sort((a, b) => a.nextCheckAt - b.nextCheckAt)
      .slice(0, limit),
  postpone: async ({ id, nextCheckAt }, until) => {
    const item = items.read(id);
    if (item?.nextCheckAt === nextCheckAt) items.write({ ...item, nextCheckAt: until });
  },
});
