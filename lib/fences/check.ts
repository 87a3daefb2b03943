/** For what an event is about to cause, or an older command to move: is there a fence that covers it? */
import { makeLoadingCache } from '../concurrency/loading-cache.ts';
import { ServiceError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { stopwatch } from '../platform/stopwatch.ts';
import type { ItemStore } from '../store/item-store.ts';
import { type Caused, type Fence, type Fences, fencesHeadId, fencesId, isCovered } from './fence.ts';

/**
 * So old may the answer be that a tenant has no fences. With {@link STALL_MAX_MS}, the 9 s that a write may
 * take, and the second by which indexes trail, it must stay below the 15 s after which a bulk cancel looks
 * again.
 */
export const HEAD_MAX_AGE_MS = 2_000;
/** Between reading the fences and writing what they let pass. */
export const STALL_MAX_MS = 1_000;
const TENANTS_MAX = 1_000;

export interface FenceCheckPorts {
  fences: Pick<ItemStore<Fences>, 'get'>;
  clock: Clock;
}

const stalled = (): ServiceError =>
  new ServiceError('unavailable', 'The worker stood still between a check and its write; try again');

type Place = Pick<Caused, 'tenant' | 'entityId' | 'group'>;

/** What was fenced at a moment. */
export interface FencesAround {
  covering(caused: Caused): Fence | undefined;
  /** To be made before the write of what they let pass: throws `unavailable` after a stall. */
  checkStall(): void;
}

export interface FenceCheck {
  around(place: Place): Promise<FencesAround>;
}

/** Costs a read of the tenant's item in 2 s; for a tenant with fences also one of each entity and group. */
export const makeFenceCheck = ({ fences, clock }: FenceCheckPorts): FenceCheck => {
  const heads = makeLoadingCache({
    load: async (tenant) => (await fences.get(fencesHeadId(tenant))) !== undefined,
    maxAgeMs: HEAD_MAX_AGE_MS,
    entriesMax: TENANTS_MAX,
    clock,
  });

  const fencesFor = async ({ tenant, entityId, group }: Place): Promise<Fence[]> => {
    if (!(await heads.get(tenant))) return [];
    const ids = [
      fencesId(tenant, 'entity', entityId),
      ...(group === undefined ? [] : [fencesId(tenant, 'group', group)]),
    ];
    const items = await Promise.all(ids.map((id) => fences.get(id)));
    return items.flatMap((item) => item?.fences ?? []);
  };

  return {
    around: async (place) => {
      const elapsed = stopwatch(clock);
      const all = await fencesFor(place);
      return {
        covering: (caused) => all.find((one) => isCovered(one, caused)),
        checkStall: () => {
          if (elapsed() > STALL_MAX_MS) throw stalled();
        },
      };
    },
  };
};
