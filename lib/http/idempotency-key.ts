import { validationFailed } from '../errors.ts';

/** Printable ASCII: what every HTTP stack carries unchanged. */
const KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * The Idempotency-Key of a request, undefined without one. Throws `validation-failed` for one that
 * cannot be kept.
 */
export const idempotencyKeyOf = (headers: Record<string, string | undefined>): string | undefined => {
  const key = headers['idempotency-key'];
  if (key === undefined || KEY.test(key)) return key;
  throw validationFailed([
    { pointer: '/header/idempotency-key', detail: 'must be 1 to 255 printable ASCII characters' },
  ]);
};
