import type { ServiceError } from '../errors.ts';
import { makeTestPorts } from '../testing/ports.ts';
import type { NewNotification } from './notification.ts';
import { makeNotificationService } from './service.ts';

export const tenant = 'acme';
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const setUp = () => {
  const ports = makeTestPorts();
  const service = makeNotificationService(ports);
  const input = (changes: Partial<NewNotification> = {}): NewNotification => ({
    notification_type: 'user.signup',
    entity_id: 'user-123',
    send_at: new Date(ports.clock.now() + HOUR_MS).toISOString(),
    email: 'user@example.com',
    ...changes,
  });
  const create = (changes: Partial<NewNotification> = {}, idempotencyKey?: string) =>
    service.create({ input: input(changes), tenant, ...(idempotencyKey !== undefined && { idempotencyKey }) });
  return { ...ports, service, input, create };
};

export const failure = async (work: Promise<unknown>): Promise<ServiceError> =>
  work.then(
    () => Promise.reject(new Error('expected a failure')),
    (error: ServiceError) => error,
  );
