/**
 * Cursors of lists: a sort key, bound to the query it came from by an HMAC, so that none can be
 * forged or used elsewhere.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ServiceError } from '../errors.ts';

const TAG_BYTES = 16;

export const makeCursors = (secret: string) => {
  const tagOf = (sortKey: string, scope: string): Buffer =>
    createHmac('sha256', secret).update(`${scope}\n${sortKey}`).digest().subarray(0, TAG_BYTES);

  return {
    /** @param scope all that a cursor is good for: route, tenant and filters */
    encode: (sortKey: string, scope: string): string =>
      Buffer.concat([tagOf(sortKey, scope), Buffer.from(sortKey)]).toString('base64url'),

    /** Returns the sort key. Throws `invalid-cursor`. */
    decode: (cursor: string, scope: string): string => {
      const bytes = Buffer.from(cursor, 'base64url');
      const sortKey = bytes.subarray(TAG_BYTES).toString();
      const isGenuine =
        bytes.length > TAG_BYTES && timingSafeEqual(bytes.subarray(0, TAG_BYTES), tagOf(sortKey, scope));
      if (isGenuine && bytes.toString('base64url') === cursor) return sortKey;
      throw new ServiceError('invalid-cursor', 'cursor must be one that this list returned, with the same filters', {
        errors: [{ pointer: '/query/cursor', detail: 'must be one that this list returned, with the same filters' }],
      });
    },
  };
};

export type Cursors = ReturnType<typeof makeCursors>;
