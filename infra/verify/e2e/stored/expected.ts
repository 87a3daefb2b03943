/** What make.ts writes beside the data, and both need to know. */
export interface Expected {
  /** Business time when the process was killed, epoch ms. */
  at: number;
  fieldKeys: string;
  /** Of an admin's API key. */
  token: string;
  /** By how their fields are kept: ids by state. */
  people: Record<string, Record<string, string>>;
  /** Paths of jobs that are done. */
  jobs: string[];
  /** What `GET /api/v1/<path>` answered. */
  views: Record<string, unknown>;
  /** The one that was in flight. */
  sending: string;
}

/** Of the release that stored it, and of the one that opens it. */
export const ENV = { LOG_LEVEL: 'WARN', RETRY_SCHEDULE: '0,86400', CHANNEL_TIMEOUT_MS: '19000' };
export const TABLE = 'event-notification-service-local';
