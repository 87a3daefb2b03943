/**
 * What all lists share: `limit`, an opaque `cursor`, an array as the answer, and the next page in
 * `Link` (RFC 8288).
 */
import { makeFairSemaphore } from '../concurrency/fair-semaphore.ts';
import { makeSizeEstimates } from '../concurrency/size-estimates.ts';
import { ServiceError } from '../errors.ts';
import { LIMIT_DEFAULT } from '../schema/paging.ts';
import type { Page } from '../store/page.ts';
import type { Cursors } from './cursor.ts';
import type { Reply } from './types.ts';

/**
 * A Lambda answers at most 6 MB (6,291,456 bytes), of the result in which the body is a JSON
 * string: every quote in it counts twice. The rest is left for headers and the link.
 */
const BODY_BYTES_MAX = 6_200_000;

/** How many of the encoded records fit into one answer; at least one does. */
const fitting = (encoded: string[]): number => {
  let bytes = 0;
  const over = encoded.findIndex((record, index) => {
    bytes += Buffer.byteLength(JSON.stringify(record));
    return bytes > BODY_BYTES_MAX && index > 0;
  });
  return over < 0 ? encoded.length : over;
};

interface ListRequest {
  path: string;
  tenant: string;
  queryString: string;
  query: { limit?: number | undefined; cursor?: string | undefined };
}

/**
 * All that a cursor is good for: the list, the tenant and the filters; `limit` may change from page
 * to page.
 */
const scopeOf = ({ path, tenant, queryString }: ListRequest): string => {
  const filters = new URLSearchParams(queryString);
  filters.delete('limit');
  filters.delete('cursor');
  filters.sort();
  return `${path.replace(/\/$/, '')} ${tenant} ${filters}`;
};

/**
 * Stores end a page by bytes as stored; what grows beyond an answer when encoded is read again, as
 * the shorter page that fits.
 */
const readFitting = async <T>(
  read: (limit: number) => Promise<Page<T>>,
  limit: number,
  view: (item: T) => unknown,
): Promise<{ page: Page<T>; encoded: string[] }> => {
  const page = await read(limit);
  const encoded = page.items.map((item) => JSON.stringify(view(item)));
  const count = fitting(encoded);
  return count < encoded.length ? readFitting(read, count, view) : { page, encoded };
};

/**
 * The bytes of pages that are made at once in this process, and of one tenant's: a page is in
 * memory several times over while it is made, and making it delays all other requests.
 */
const MAKING_BYTES = 3 * BODY_BYTES_MAX;
const TENANT_BYTES = BODY_BYTES_MAX;
/** Only reading a page shows its size: a tenant's first is made alone, later ones count as its last did. */
const UNKNOWN_BYTES = TENANT_BYTES;
const LEAST_BYTES = 16_384;
/** Below the function's timeout. */
const WAIT_MAX_MS = 8_000;
const making = makeFairSemaphore({ permits: MAKING_BYTES, shareOf: () => TENANT_BYTES });
const sizes = makeSizeEstimates({ decay: 0.01 });

const withPermits = async <T extends { encoded: string[] }>(tenant: string, make: () => Promise<T>): Promise<T> => {
  const permits = await making.acquire(tenant, Math.ceil(sizes.of(tenant) ?? UNKNOWN_BYTES), WAIT_MAX_MS);
  if (!permits) throw new ServiceError('unavailable', 'Too many lists are being read at once; try again.');
  try {
    const made = await make();
    const bytes = made.encoded.reduce((total, record) => total + record.length, 0);
    sizes.note(tenant, Math.max(bytes, LEAST_BYTES));
    return made;
  } finally {
    permits.release();
  }
};

/** Decodes the cursor, reads a page, and answers it with the link to the next one. */
export const listReply = async <T>(
  request: ListRequest,
  cursors: Cursors,
  read: (at: { tenant: string; limit: number; before?: string }) => Promise<Page<T>>,
  view: (item: T) => unknown,
): Promise<Reply> => {
  const scope = scopeOf(request);
  const { limit = LIMIT_DEFAULT, cursor } = request.query;
  const before = cursor === undefined ? undefined : cursors.decode(cursor, scope);
  const at = { tenant: request.tenant, ...(before !== undefined && { before }) };
  const { page, encoded } = await withPermits(request.tenant, () =>
    readFitting((count) => read({ ...at, limit: count }), limit, view),
  );
  const raw = { contentType: 'application/json', body: `[${encoded.join(',')}]` };
  if (page.next === undefined) return { raw };
  const next = new URLSearchParams(request.queryString);
  next.set('cursor', cursors.encode(page.next, scope));
  return { raw, headers: { link: `<${request.path}?${next}>; rel="next"` } };
};
