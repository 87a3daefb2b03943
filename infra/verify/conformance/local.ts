/** What the embedded stack offers beside AWS: the inbox and the virtual clock, over HTTP like everything here. */

export interface InboxEntry {
  channel: string;
  to: string;
  subject?: string;
  body: string;
  notification_id?: string;
  received_at: string;
  lateness_ms: number | null;
}

export interface Local {
  /** Epoch ms. */
  now(): Promise<number>;
  /** ISO 8601 duration. */
  advance(duration: string): Promise<void>;
  inbox(notificationId: string): Promise<InboxEntry[]>;
}

/** An advance of the clock waits for the work that is due on the way, up to 24 s. */
const TIMEOUT_MS = 30_000;

export const makeLocal = (url: string): Local => {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/_local/${path}`, {
      method,
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}/_local/${path}: ${response.status} ${text.slice(0, 200)}`);
    return JSON.parse(text) as T;
  };
  return {
    now: async () => Date.parse((await call<{ now: string }>('GET', 'clock')).now),
    advance: async (duration) => void (await call('POST', 'clock', { advance: duration })),
    inbox: (id) => call<InboxEntry[]>('GET', `inbox?notification_id=${encodeURIComponent(id)}`),
  };
};
