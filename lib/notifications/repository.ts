import type { Conflict, ItemStore, Written } from '../store/item-store.ts';
import type { ListQuery, Page } from '../store/page.ts';
import type { Notification } from './notification.ts';

export interface NotificationQuery extends ListQuery {
  entityId?: string;
  group?: string;
  type?: string;
  /** Residual filter, applied to what the index returned; a page may be short because of it. */
  matches?: (item: Notification) => boolean;
}

export interface ClaimRequest {
  id: string;
  timerSeq: number;
  /** Business time: the item must be due by then, and not have closed. */
  now: number;
  lease: { id: string; claimedAt: number; until: number };
  writeId: string;
}

export interface NotificationStore extends ItemStore<Notification> {
  /** Rejects with `payload-too-large` what `create` would; nothing is written. */
  checkSize(item: Notification): Promise<void>;
  /**
   * The fresh claim, blind, in one conditional write: status PENDING, SCHEDULED or RETRYING,
   * `timerSeq` equal, due, not closed, no lease. Sets the lease and status SENDING, `firstClaimedAt` when
   * absent, moves `version`. Finding its own lease is success.
   */
  claim(request: ClaimRequest): Promise<Written<Notification> | Conflict<Notification>>;
  /**
   * PENDING -> SCHEDULED, conditional on PENDING and `timerSeq`; moves `nextCheckAt`. Not a
   * client-visible edit: `version` stays.
   */
  markScheduled(request: {
    id: string;
    timerSeq: number;
    nextCheckAt: number;
    writeId: string;
  }): Promise<Written<Notification> | Conflict<Notification>>;
  list(query: NotificationQuery): Promise<Page<Notification>>;
}

/** What notifications need of the store of the events that made them. */
export interface EventRetention {
  /**
   * Moves the event's TTL forward to at least `expiresAt` (epoch seconds), or removes it with
   * `undefined`. An absent event is no error.
   */
  keepUntil(id: string, expiresAt: number | undefined): Promise<void>;
}
