/**
 * A page ends before what is read for it, as stored, exceeds this; the first record always fits. Encoded it
 * may grow, but rarely to the 6 MB of a Lambda's answer, and a job that holds a page stays within 256 MB.
 */
export const PAGE_BYTES_MAX = 4_000_000;

/** A page read newest first, ended by count or by bytes. `next` is where to go on when there may be more. */
export interface Page<T> {
  items: T[];
  next?: string;
}

export interface ListQuery {
  tenant: string;
  limit: number;
  /** Only items whose sort key is strictly before (older than) this one. */
  before?: string;
  /** Creation window, epoch ms: since <= created < until. */
  since?: number;
  until?: number;
}
