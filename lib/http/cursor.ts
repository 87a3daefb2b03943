/** Opaque, tamper-proof positions in a list: bound to the query they came from by an HMAC, so none can be forged or carried over. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ServiceError } from '../errors.ts';

const TAG_BYTES = 16;

export const makeCursors = (secret: string) => {
  const tagOf = (position: string, scope: string): Buffer =>
    createHmac('sha256', secret).update(`${scope}\n${position}`).digest().subarray(0, TAG_BYTES);

  return {
    /** @param scope all that a cursor is good for: route, tenant and filters */
    seal: (position: string, scope: string): string =>
      Buffer.concat([tagOf(position, scope), Buffer.from(position)]).toString('base64url'),

    open: (cursor: string, scope: string): string => {
      const bytes = Buffer.from(cursor, 'base64url');
      const position = bytes.subarray(TAG_BYTES).toString();
      const genuine = bytes.length > TAG_BYTES && timingSafeEqual(bytes.subarray(0, TAG_BYTES), tagOf(position, scope));
      if (genuine && bytes.toString('base64url') === cursor) return position;
      throw new ServiceError('invalid-cursor', 'cursor must be one that this list returned, with the same filters', {
        errors: [{ pointer: '/query/cursor', detail: 'must be one that this list returned, with the same filters' }],
      });
    },
  };
};

export type Cursors = ReturnType<typeof makeCursors>;
