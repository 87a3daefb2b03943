/** The promise behind idempotency: no record is removed earlier. */
const CREATION_TTL_MIN_MS = 7 * 86_400_000;

/** What may have a retention of its own: notifications by how they ended, and events. */
export type Kept = 'SENT' | 'FAILED' | 'CANCELED' | 'events';

export interface Retention {
  /** How long an ended record is kept, ms. */
  retentionMs: number;
  retentionMsOf?: Partial<Record<Kept, number>>;
}

/**
 * When what ended at `on.now` may expire, epoch seconds: after its retention, though never within 7
 * days of its creation.
 */
export const expiryOf = (
  item: { createdAt: number },
  kept: Kept | undefined,
  on: { now: number; policy: Retention },
): number => {
  const retentionMs = (kept && on.policy.retentionMsOf?.[kept]) ?? on.policy.retentionMs;
  return Math.ceil(Math.max(on.now + retentionMs, item.createdAt + CREATION_TTL_MIN_MS) / 1000);
};
