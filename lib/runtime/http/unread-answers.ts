import type { ServerResponse } from 'node:http';
import { makeSizeEstimates } from '../../concurrency/size-estimates.ts';
import { makeByteBudget } from './byte-budget.ts';

/**
 * Answers up to here are never refused: a problem document must get out, and every connection has
 * one at most.
 */
const FREE_BYTES = 16_384;

interface UnreadLimits {
  bytes: number;
  /** For a client to take its answer. */
  deadlineMs: number;
  /** From then on a connection is closed when its memory is needed. */
  slowAfterMs: number;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** The body is kept in any case, for all answers: what is unread of it costs nothing. */
  isShared?: boolean;
  /** Of a body that was compressed: what making it took in memory. */
  plainBytes?: number;
}

export interface UnreadAnswers {
  /**
   * Memory for an answer as large as the last ones to this share of the same kind, until it is sent
   * or given back by what this returns. Throws what `refusal` makes when there is none.
   */
  reserve(share: string, kind: string): () => void;
  /**
   * Closes the connection that does not take it in time. Throws what `refusal` makes, with nothing sent,
   * where there is no memory for a repeatable one; for others the slowest of the largest share are closed.
   */
  send(response: ServerResponse, answer: Answer, to?: { share: string; kind: string; isRepeatable: boolean }): void;
  /** Answers that were sent and not taken yet; their bytes, and those that are reserved. */
  held(): { answers: number; answerBytes: number };
}

interface Unread {
  share: string;
  bytes: number;
  since: number;
  close(): void;
}

/** Bodies that connections have not taken yet, each in our memory until its client reads it. */
export const makeUnreadAnswers = (limits: UnreadLimits, refusal: () => Error): UnreadAnswers => {
  const budget = makeByteBudget<string>(limits.bytes);
  const sizes = makeSizeEstimates({ decay: 0.1, negligibleBytes: FREE_BYTES });
  /** The slowest first. */
  const unread = new Set<Unread>();

  const take = (share: string, bytes: number): void => {
    if (budget.take(share, bytes)) return;
    const slowSince = performance.now() - limits.slowAfterMs;
    for (const one of unread) {
      if (one.since > slowSince) break;
      if (budget.heldBy(one.share) < budget.heldBy(share)) continue;
      one.close();
      if (budget.take(share, bytes)) return;
    }
    throw refusal();
  };

  const force = (share: string, bytes: number): void => {
    budget.force(share, bytes);
    while (budget.held() > limits.bytes) {
      const held = [...unread].filter((one) => one.bytes > 0);
      // The sort is stable: of equals the slowest is first.
      const [largest] = held.toSorted((a, b) => budget.heldBy(b.share) - budget.heldBy(a.share));
      if (!largest) return;
      largest.close();
    }
  };

  /** Until the connection has taken all of it, or is closed. */
  const follow = (response: ServerResponse, share: string, bytes: number): void => {
    const release = (): void => {
      if (unread.delete(one)) budget.give(share, bytes);
      clearTimeout(timer);
    };
    const one: Unread = {
      share,
      bytes,
      since: performance.now(),
      close: () => {
        response.destroy();
        release();
      },
    };
    const timer = setTimeout(one.close, limits.deadlineMs).unref();
    unread.add(one);
    response.once('close', release);
  };

  return {
    reserve: (share, kind) => {
      let bytes = sizes.of(`${share} ${kind}`) ?? 0;
      if (bytes > 0) take(share, bytes);
      return () => {
        budget.give(share, bytes);
        bytes = 0;
      };
    },
    send: (response, { status, headers, body, isShared = false, plainBytes = body.length }, to) => {
      if (response.destroyed) return; // its client is gone
      const { share = '', kind, isRepeatable = false } = to ?? {};
      const bytes = isShared ? 0 : body.length;
      if (kind !== undefined && !isShared) sizes.note(`${share} ${kind}`, plainBytes);
      if (isRepeatable && bytes > FREE_BYTES) take(share, bytes);
      else force(share, bytes);
      response.writeHead(status, headers);
      response.end(body);
      if (response.socket?.writableLength === 0) budget.give(share, bytes);
      else follow(response, share, bytes);
    },
    held: () => ({ answers: unread.size, answerBytes: budget.held() }),
  };
};
