/** What the local AWS offers beside AWS: the virtual clock, faults and the inbox. */
import { makeClient } from './client.ts';

export interface InboxEntry {
  channel: 'email' | 'sms' | 'webhook';
  to: string;
  subject?: string;
  body: string;
  notification_id?: string;
  received_at: string;
  lateness_ms: number | null;
}

export interface LocalAws {
  /** Epoch ms. */
  now(): Promise<number>;
  /**
   * ISO 8601 duration; `jump` moves at once, without the work that is due in between. Resolves with
   * what the clock is ahead, ms.
   */
  advance(duration: string, options?: { jump?: boolean }): Promise<number>;
  /** E.g. `{ service: 'sqs', mode: 'error' }`. */
  fault(body: Record<string, unknown>): Promise<void>;
  /** Of the faults that are set, how many calls, messages and firings each has affected. */
  faults(): Promise<{ hits: number }[]>;
  inbox(notificationId: string): Promise<InboxEntry[]>;
}

/** An advance of the clock waits for the work that is due on the way, up to 24 s. */
const TIMEOUT_MS = 30_000;

/** @param url of the local AWS. Every method rejects when there is no answer, or one that is not 2xx. */
export const localAwsAt = (url: string, timeoutMs = TIMEOUT_MS): LocalAws => {
  const client = makeClient({ url }, { timeoutMs, resends: false });
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await client.call<T>(method, `/_local/${path}`, body, { headers: { accept: 'application/json' } });
    if (answer.status >= 300) throw new Error(`${method} ${url}/_local/${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  return {
    now: async () => Date.parse((await call<{ now: string }>('GET', 'clock')).now),
    advance: async (duration, options) =>
      (await call<{ offset_ms: number }>('POST', 'clock', { advance: duration, ...options })).offset_ms,
    fault: async (body) => void (await call('POST', 'faults', body)),
    faults: () => call('GET', 'faults'),
    inbox: (id) => call('GET', `inbox?notification_id=${encodeURIComponent(id)}`),
  };
};
