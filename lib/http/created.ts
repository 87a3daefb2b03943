import type { Reply } from './types.ts';

/** The reply of a create: where the record is, and whether the Idempotency-Key was known. */
export const created = (reply: Reply, location: string, replayed = false): Reply => ({
  ...reply,
  headers: { ...reply.headers, location, ...(replayed && { 'idempotent-replayed': 'true' }) },
});
