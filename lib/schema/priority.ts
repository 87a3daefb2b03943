/** The priority of a notification, and the groups by which work is shared fairly. */

/** In the order in which what waits is served. */
export const PRIORITIES = ['normal', 'bulk'] as const;
/** `bulk` may wait for the other work of its tenant: a campaign beside one-time codes. */
export type Priority = (typeof PRIORITIES)[number];

/** No tenant's name has a dot. */
const BULK_SUFFIX = '.bulk';

/** Absent is `normal`. */
export interface Owner {
  tenant: string;
  priority?: Priority | undefined;
}

/** Of SQS messages (`MessageGroupId`), claims, memory and the places of a bulkhead. */
export const groupOf = ({ tenant, priority }: Owner): string =>
  priority === 'bulk' ? `${tenant}${BULK_SUFFIX}` : tenant;

export const isBulkGroup = (group: string): boolean => group.endsWith(BULK_SUFFIX);

export const tenantOf = (group: string): string => (isBulkGroup(group) ? group.slice(0, -BULK_SUFFIX.length) : group);
