import type { Notification } from '../notifications/notification.ts';
import type { ClaimRequest } from '../notifications/repository.ts';
import type { Clock } from '../platform/clock.ts';

/** What a worker claims a notification by, now and for 25 s. */
export const claimOf = (
  { id, timerSeq }: Pick<Notification, 'id' | 'timerSeq'>,
  clock: Clock,
  leaseId = 'lease',
): ClaimRequest => ({
  ...{ id, timerSeq, now: clock.now() },
  lease: { id: leaseId, claimedAt: clock.now(), until: clock.real() + 25_000 },
  writeId: `claim${leaseId}`,
});
