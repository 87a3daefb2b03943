/**
 * Requests of which everything that happens to them is counted: each answer by its status, each
 * broken connection by its kind.
 */
import { type Answer, type Client, makeClient, Unreachable } from '../../kit/client.ts';

export interface Asker {
  /** Undefined when the connection failed, broke off, or stayed silent. */
  ask<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<Answer<T> | undefined>;
  /**
   * How often each was seen: `200`, `503`, `refused`, `cut`, `silent`; `closed` = a kept
   * connection, taken as it was closed, and the request sent again.
   */
  seen(): Record<string, number>;
  close(): void;
}

/** Longer than any function of the API may take, on a busy machine too. */
const PATIENCE_MS = 20_000;
const KINDS: Record<string, string> = { ECONNREFUSED: 'refused', ECONNRESET: 'cut', EPIPE: 'cut', ABORT_ERR: 'silent' };

const kindOf = ({ cause }: Unreachable): string => {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return KINDS[code] ?? message;
};

export const makeAsker = (target: { url: string; key: string }): Asker => {
  const seen: Record<string, number> = {};
  const count = (what: string | number): void => {
    seen[what] = (seen[what] ?? 0) + 1;
  };
  const client: Client = makeClient(target, { timeoutMs: PATIENCE_MS, onResend: () => count('closed') });
  return {
    ask: async (method, path, body, headers = {}) => {
      try {
        const answer = await client.call<never>(method, path, body, { headers });
        count(answer.status);
        return answer;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        count(kindOf(error));
        return undefined;
      }
    },
    seen: () => seen,
    close: client.close,
  };
};
