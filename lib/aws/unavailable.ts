import { ServiceError } from '../errors.ts';

/**
 * The SDK has already retried what is worth it; what is left is an outage, a throttle or a wrong
 * permission: 503, cause kept.
 */
export const unavailable = (cause: unknown): ServiceError =>
  new ServiceError('unavailable', 'A dependency does not answer; try again', {
    headers: { 'retry-after': '1' },
    cause,
  });
