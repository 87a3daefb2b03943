/** The fence of a bulk cancel: of its entity, else of its group. */
import { type Fence, fencesId } from '../fences/fence.ts';
import type { FencePlace } from '../fences/raise.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import type { Selector } from './command.ts';

/** @param order `createdAt` is what it covers, epoch ms */
export const fenceOf = (
  { id, tenant, createdAt }: { id: string; tenant: string; createdAt: number },
  { entityId, group, type, dueAfter, dueBefore }: Selector,
): [FencePlace, Fence] => {
  const filters = omitUndefined({ type, dueAfter, dueBefore });
  const fence: Fence = { asOf: createdAt, jobId: id, ...filters };
  if (entityId === undefined) return [{ tenant, id: fencesId(tenant, 'group', group ?? '') }, fence];
  const place = { tenant, id: fencesId(tenant, 'entity', entityId) };
  return [place, group === undefined ? fence : { ...fence, group: fencesId(tenant, 'group', group) }];
};
