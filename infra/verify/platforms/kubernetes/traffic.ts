/**
 * What careful callers ask of the service while something happens to it, each request repeated with
 * its key until it is accepted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../kit/client.ts';
import { type Ledger, makeLedger } from '../../kit/ledger.ts';
import { inParallel } from '../../kit/parallel.ts';
import type { Asker } from './counting-client.ts';

export interface Traffic {
  ledger: Ledger;
  /**
   * Creates `count` notifications that fall due evenly over `overMs`, the first `inMs` from now.
   * Resolves when all are accepted.
   */
  book(count: number, due: { inMs: number; overMs: number }): Promise<void>;
  /** No new requests; resolves when those in flight are accepted or given up. */
  end(): Promise<void>;
}

interface TrafficOptions {
  asker: Asker;
  webhookUrl: string;
  /** Of each: creates, and reads of what was created. */
  perSecond: number;
}

export const NOTIFICATIONS = '/api/v1/notifications/';
const BOOK_AT_ONCE = 8;
const NEAR_MS = { from: 1_000, spread: 4_000 };
/** How long one request is repeated: longer than any fault here and its healing. */
const INSIST_MS = 90_000;
const PAUSE_MS = { first: 200, max: 2_000 };
/** Every so many requests one goes out on a connection of its own, as a client does that keeps none. */
const FRESH_EVERY = 2;

const pauseMs = (tries: number, retryAfter: string | null | undefined): number =>
  Math.min(Number(retryAfter ?? 0) * 1_000, PAUSE_MS.max) +
  Math.min(PAUSE_MS.first * 2 ** tries, PAUSE_MS.max) * (0.5 + Math.random() / 2);

const isRefusal = (status: number): boolean => status === 503 || status === 429;

/** Refusals and broken connections go into the ledger; so do answers that nothing explains. */
const judgeAnswer = (ledger: Ledger, what: string, answer: Answer<unknown> | undefined): void => {
  if (!answer) ledger.unanswered += 1;
  else if (isRefusal(answer.status)) {
    ledger.refused += 1;
    if (!answer.headers.get('retry-after')) ledger.wrong.push(`${what}: ${answer.status} without Retry-After`);
  } else if (answer.status >= 300) ledger.wrong.push(`${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
};

export const startTraffic = ({ asker, webhookUrl, perSecond }: TrafficOptions): Traffic => {
  const ledger = makeLedger();
  const run = Math.random().toString(36).slice(2, 8);
  const inFlight = new Set<Promise<void>>();
  let isEnded = false;
  let sent = 0;

  const headers = (key?: string): Record<string, string> => {
    sent += 1;
    return { ...(key && { 'idempotency-key': key }), ...(sent % FRESH_EVERY === 0 && { connection: 'close' }) };
  };

  const create = async (dueAt: number): Promise<void> => {
    const key = `traffic-${run}-${ledger.entries.length}`;
    const entry = { key, kind: 'notification' as const, channels: ['webhook' as const], dueAt };
    ledger.entries.push(entry);
    const send_at = new Date(dueAt).toISOString();
    const body = { notification_type: 'custom', entity_id: `traffic-${run}`, send_at, webhook_url: webhookUrl };
    const ends = performance.now() + INSIST_MS;
    for (let tries = 0; performance.now() < ends; tries += 1) {
      const answer = await asker.ask<{ id: string }>('POST', NOTIFICATIONS, body, headers(key));
      judgeAnswer(ledger, `POST ${key}`, answer);
      if (answer && !isRefusal(answer.status)) {
        if (answer.status < 300) Object.assign(entry, { id: answer.body.id });
        return;
      }
      await sleep(pauseMs(tries, answer?.headers.get('retry-after')));
    }
    ledger.wrong.push(`${key}: never accepted`);
  };

  /** Reads are not repeated: how each went is what counts. */
  const read = async (): Promise<void> => {
    const { id } = ledger.entries[Math.floor(Math.random() * ledger.entries.length)] ?? {};
    const path = id === undefined ? `${NOTIFICATIONS}?limit=5` : `${NOTIFICATIONS}${id}`;
    judgeAnswer(ledger, `GET ${path}`, await asker.ask('GET', path, undefined, headers()));
  };

  const start = (work: Promise<void>): void => {
    const one: Promise<void> = work.finally(() => inFlight.delete(one));
    inFlight.add(one);
  };

  const loop = async (): Promise<void> => {
    const from = performance.now();
    for (let index = 0; !isEnded; index += 1) {
      await sleep(Math.max(0, from + (index / perSecond) * 1_000 - performance.now()));
      start(create(Math.round(Date.now() + NEAR_MS.from + Math.random() * NEAR_MS.spread)));
      start(read());
    }
  };
  const looping = loop();

  return {
    ledger,
    book: async (count, { inMs, overMs }) => {
      const from = Date.now() + inMs;
      await inParallel(count, BOOK_AT_ONCE, (index) => create(Math.round(from + (index / count) * overMs)));
    },
    end: async () => {
      isEnded = true;
      await looping;
      await Promise.all(inFlight);
    },
  };
};
