import { validationFailed } from '../errors.ts';
import { KEY_FORM, KEY_RULE } from '../schema/idempotency-key-form.ts';

export const KEY_HEADER = 'idempotency-key';

/**
 * The Idempotency-Key of a request, undefined without one. Throws `validation-failed` for one that
 * cannot be kept.
 */
export const idempotencyKeyOf = (headers: Record<string, string | undefined>): string | undefined => {
  const key = headers[KEY_HEADER];
  if (key === undefined || KEY_FORM.test(key)) return key;
  throw validationFailed([{ pointer: `/header/${KEY_HEADER}`, detail: KEY_RULE }]);
};
