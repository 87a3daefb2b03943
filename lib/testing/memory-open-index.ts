import type { OpenIndex } from '../store/open-index.ts';

interface Watched {
  id: string;
  nextCheckAt?: number;
}
interface Items<T> {
  all(): T[];
  read(id: string): T | undefined;
  write(item: T): unknown;
}

/** Over items in memory, oldest look first. */
export const makeMemoryIndex = <T extends Watched>(items: Items<T>) => ({
  due: async (now: number, limit: number) =>
    items
      .all()
      .flatMap(({ id, nextCheckAt }) => (nextCheckAt !== undefined && nextCheckAt <= now ? [{ id, nextCheckAt }] : []))
      .sort((a, b) => a.nextCheckAt - b.nextCheckAt)
      .slice(0, limit),
  postpone: async ({ id, nextCheckAt }: { id: string; nextCheckAt: number }, until: number) => {
    const item = items.read(id);
    if (item?.nextCheckAt === nextCheckAt) items.write({ ...item, nextCheckAt: until });
  },
});

/** Over notifications. */
export const makeMemoryOpenIndex = <T extends Watched>(items: Items<T>): OpenIndex => {
  const { due, postpone } = makeMemoryIndex(items);
  return {
    due: async (now, limit) => (await due(now, limit)).map((one) => ({ ...one, kind: 'notification' as const })),
    postpone,
  };
};
