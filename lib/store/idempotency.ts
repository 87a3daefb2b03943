/** Whether a request with a key, or an id of its own, repeats the one that stored what is there. */
import { ServiceError } from '../errors.ts';
import { isErased } from './erased.ts';

interface Stored {
  fingerprint?: string;
  erasedAt?: number;
}

/**
 * Whether what is stored was made of the content with this fingerprint. Erasure removes the fingerprint:
 * a repetition is then answered with what is left, neither refused nor created again.
 */
export const isSameContent = (stored: Stored, fingerprint: string | undefined): boolean =>
  isErased(stored) || stored.fingerprint === fingerprint;

/** @param how how the key was used before, such as `with another body` */
export const keyReused = (how: string): ServiceError =>
  new ServiceError('idempotency-key-reused', `Idempotency-Key was used before ${how}`, {
    errors: [{ pointer: '/header/idempotency-key', detail: `must not be used again ${how}` }],
  });

/** What a key made. Throws `idempotency-key-reused` if that was of other content. */
export const sameContent = <T extends Stored>(existing: T, fingerprint: string | undefined): T => {
  if (isSameContent(existing, fingerprint)) return existing;
  throw keyReused('with another body');
};
