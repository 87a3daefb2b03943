/** Writes the fence of a bulk cancel: first that the tenant has fences, then the fence. Idempotent. */
import { ServiceError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { ItemStore } from '../store/item-store.ts';
import { contended, getOrCreate, replaceIn, updateItem } from '../store/update-item.ts';
import { FENCE_KEPT_MS, FENCES_MAX, type Fence, type Fences, fencesHeadId, raised } from './fence.ts';

/** The tenant's item outlives each of its fences; so it is written once in this time, ms. */
const HEAD_AHEAD_MS = 30 * 86_400_000;

export interface RaisePorts {
  fences: ItemStore<Fences>;
  clock: Clock;
  random: Random;
}

/** Where a fence belongs: the id of the item of its entity or group. */
export interface FencePlace {
  tenant: string;
  id: string;
}

const full = (): ServiceError =>
  new ServiceError(
    'limit-reached',
    `There are ${FENCES_MAX} filtered cancels of this entity or group in force already, each for 400 days: cancel it without notification_type, due_after and due_before, which replaces them`,
  );

export const makeFences = ({ fences, clock, random }: RaisePorts) => {
  const empty = ({ id, tenant }: FencePlace): Fences => ({
    ...{ id, tenant, fences: [], createdAt: clock.now(), writeId: random.token() },
    expiresAt: Math.ceil((clock.now() + FENCE_KEPT_MS + HEAD_AHEAD_MS) / 1000),
  });

  const present = (place: FencePlace): Promise<Fences> => getOrCreate(fences, place.id, () => empty(place));

  const keepHead = async (tenant: string, asOf: number): Promise<void> => {
    const needed = Math.ceil((asOf + FENCE_KEPT_MS) / 1000);
    await updateItem(replaceIn(fences), await present({ tenant, id: fencesHeadId(tenant) }), (head) =>
      (head.expiresAt ?? 0) >= needed
        ? head
        : { ...head, expiresAt: needed + HEAD_AHEAD_MS / 1000, writeId: random.token() },
    );
  };

  const withFence = (item: Fences, fence: Fence): Fences => {
    const next = raised(item, fence, { now: clock.now(), writeId: random.token() });
    if (!next) throw full();
    return next;
  };

  return {
    /** Throws `limit-reached` where {@link raise} would; writes nothing. */
    check: async (place: FencePlace, fence: Fence): Promise<void> => {
      withFence((await fences.get(place.id)) ?? empty(place), fence);
    },

    /** Throws `limit-reached`. */
    raise: async (place: FencePlace, fence: Fence): Promise<void> => {
      await keepHead(place.tenant, fence.asOf);
      const { after } = await updateItem(replaceIn(fences), await present(place), (item) => withFence(item, fence));
      if (!after) throw contended();
    },
  };
};
export type FenceWriter = ReturnType<typeof makeFences>;
