import { ServiceError } from '../errors.ts';

/**
 * RFC 9110 (13.1.1). Throws `precondition-failed` unless the edit is based on the present version,
 * or on none in particular.
 */
export const checkIfMatch = ({ version }: { version: number }, ifMatch: string | undefined): void => {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (tags.includes(`"${version}"`)) return;
  throw new ServiceError('precondition-failed', `If-Match must be the present version, "${version}"`, {
    errors: [{ pointer: '/header/if-match', detail: `must be the present version, "${version}"` }],
  });
};
