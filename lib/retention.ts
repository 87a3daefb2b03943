/** The promise behind idempotency: no record is removed earlier. */
const CREATION_TTL_MIN_MS = 7 * 86_400_000;

/** When what ended at `on.now` may expire, epoch seconds: after its retention, though never within 7 days of its creation. */
export const expiryOf = (item: { createdAt: number }, on: { now: number; policy: { retentionMs: number } }): number =>
  Math.ceil(Math.max(on.now + on.policy.retentionMs, item.createdAt + CREATION_TTL_MIN_MS) / 1000);
