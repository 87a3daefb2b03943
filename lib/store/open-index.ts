export interface Due {
  id: string;
  kind: 'notification' | 'event' | 'job';
  nextCheckAt: number;
}

/**
 * The sparse, sharded index of what the reconciler must look at; over notifications, events and
 * jobs alike.
 */
export interface OpenIndex {
  /**
   * Ids whose `nextCheckAt` <= now, oldest first within a shard, at most `limit` for each partition
   * of the lists.
   */
  due(now: number, limit: number): Promise<Due[]>;
  /** Moves `nextCheckAt` without reading the item, unless it has moved meanwhile. */
  postpone(due: Pick<Due, 'id' | 'nextCheckAt'>, until: number): Promise<void>;
}
