/** Of a tenant in a process: each count reads an index for seconds, and holds a request's place meanwhile. */
import { makeKeyedLimit } from '../concurrency/keyed-limit.ts';
import { ServiceError } from '../errors.ts';

const COUNTS_OF_TENANT_MAX = 4;

/** Refuses with `rate-limited` what a tenant counts beyond that at once. @param what such as `redrives` */
export const makeCountLimit = (what: string) =>
  makeKeyedLimit(
    COUNTS_OF_TENANT_MAX,
    () =>
      new ServiceError('rate-limited', `At most ${COUNTS_OF_TENANT_MAX} ${what} may be counted at once; try again.`, {
        headers: { 'retry-after': '1' },
      }),
  );
