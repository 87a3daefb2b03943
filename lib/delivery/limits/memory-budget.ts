/**
 * The memory that deliveries may hold at once in this process, in bytes, shared fairly between
 * tenants. What does not fit waits before its claim. How large a notification is only its claim
 * says, so the largest is reserved and the rest given back.
 */

import { type FairSemaphoreOptions, makeFairSemaphore } from '../../concurrency/fair-semaphore.ts';
import type { Notification } from '../../notifications/notification.ts';
import { isBulkGroup, tenantOf } from '../../schema/priority.ts';
import { DEFAULT_TENANT } from '../../schema/tenant.ts';

const BUDGET_BYTES = 64 * 1024 * 1024;
/** The default tenant has no limit of its own: who has but one needs no protection from others. */
const TENANT_BYTES = BUDGET_BYTES / 4;
/** Its bulk has half as much of its own. */
const shareOfTenant = (tenant: string): number => (tenant === DEFAULT_TENANT ? BUDGET_BYTES : TENANT_BYTES);
/** The item, the text rendered from it, and the bytes on the wire. */
const COPIES = 3;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html: 400 KB an item. */
const ITEM_BYTES_MAX = 400 * 1024;
export const RESERVED_BYTES = COPIES * ITEM_BYTES_MAX;
/** Once the attempt is recorded, while the rest of the receiver's answer is read and dropped. */
export const RECORDED_BYTES = 16 * 1024;
/** What V8 adds to a value, about. */
const VALUE_BYTES = 16;

/** What a parsed item takes in memory, about. Iterative: JSON may be nested deeply. */
const heapBytes = (root: unknown): number => {
  let bytes = 0;
  const pending = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    bytes += VALUE_BYTES;
    if (typeof value === 'string') bytes += value.length;
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, member] of Object.entries(value)) {
      if (!Array.isArray(value)) bytes += name.length;
      pending.push(member);
    }
  }
  return bytes;
};

export const memoryOf = (item: Notification): number => COPIES * heapBytes(item);

export const makeMemoryBudget = (options: Pick<FairSemaphoreOptions, 'after'>) =>
  makeFairSemaphore({
    ...options,
    permits: BUDGET_BYTES,
    shareOf: (group) => shareOfTenant(tenantOf(group)) / (isBulkGroup(group) ? 2 : 1),
  });
