import type { ItemStore } from '../store/item-store.ts';
import type { ListQuery, Page } from '../store/page.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointHealth } from './health.ts';

/**
 * The configuration of webhook endpoints, written by the API, and by a delivery that disables one:
 * always by `replace` over the revision that was read, so that a change made meanwhile (another
 * URL, enabled again) is never undone.
 */
export interface EndpointStore extends ItemStore<Endpoint> {
  /** Newest first; deleted ones are left out. */
  list(query: ListQuery): Promise<Page<Endpoint>>;
}

/** What the API needs of the endpoints' health, which deliveries write. */
export interface EndpointHealthReader {
  /** By endpoint id; one that nothing is known of is absent. */
  getAll(endpointIds: string[]): Promise<Map<string, EndpointHealth>>;
  /** The endpoint was enabled, or has another URL: what was known of it does not count any more. */
  forget(endpointId: string): Promise<void>;
}

/** What endpoints need of the dead letters: to redrive those of an endpoint that is enabled again. */
export interface DeadLetterReplay {
  /** Throws `validation-failed` for more than one job can take, `limit-reached` when too many jobs wait. */
  redrive(order: {
    input: { endpoint_id: string; since: number };
    tenant: string;
    settleMs: number;
  }): Promise<{ job: { id: string } }>;
}
