import { idempotencyKey } from '../schema/idempotency-key.ts';
import { validated } from '../schema/validate.ts';

export const KEY_HEADER = 'idempotency-key';

/**
 * The Idempotency-Key of a request, undefined without one. Throws `validation-failed` for one that
 * cannot be kept.
 */
export const idempotencyKeyOf = (headers: Record<string, string | undefined>): string | undefined =>
  validated(idempotencyKey.optional(), headers[KEY_HEADER], ['header', KEY_HEADER]);
