/**
 * `sch_` + 26 characters, the first four of which are the tenant's: an index has ids alone, and the
 * tenants are taken in turn.
 */
import { derivedId } from '../platform/random.ts';

const PREFIX = 'sch_';
const TENANT_END = PREFIX.length + 4;

/** @param id one that is random, or derived from what makes it unique */
export const scheduleId = (id: string, tenant: string): string =>
  derivedId(PREFIX, tenant).slice(0, TENANT_END) + id.slice(TENANT_END);

/** Equal for schedules of one tenant, and hardly ever for those of two. */
export const tenantPart = (id: string): string => id.slice(PREFIX.length, TENANT_END);
