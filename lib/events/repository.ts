import type { ItemStore } from '../store/item-store.ts';
import type { ListQuery, Page } from '../store/page.ts';
import type { Event } from './event.ts';

export interface EventQuery extends ListQuery {
  source?: string;
  type?: string;
}

export interface EventStore extends ItemStore<Event> {
  /** Rejects with `payload-too-large` what `create` would; nothing is written. */
  checkSize(event: Event): Promise<void>;
  list(query: EventQuery): Promise<Page<Event>>;
  /**
   * Moves the event's TTL forward to at least `expiresAt` (epoch seconds), or removes it with
   * `undefined`. An absent event is no error.
   */
  keepUntil(id: string, expiresAt: number | undefined): Promise<void>;
}
