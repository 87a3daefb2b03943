/** One disturbance of a release under traffic, and what became of all that was accepted. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../../kit/account.ts';
import { type Receiver, startReceiver } from '../../kit/receiver.ts';
import { untilInARow } from '../../kit/until.ts';
import { type Asker, makeAsker } from './counting-client.ts';
import type { Release } from './release.ts';
import { settle } from './settle.ts';
import { startTraffic, type Traffic } from './traffic.ts';

export interface Scene {
  release: Release;
  receiver: Receiver;
  traffic: Traffic;
  asker: Asker;
}

export interface Case {
  name: string;
  /** Due evenly over `overMs`, the first at `inMs` from the start, whereupon `play` begins. */
  due: { count: number; inMs: number; overMs: number };
  perSecond: number;
  /** How long the receiver takes for each webhook. Default 0: some are then always in flight. */
  answerMs?: number;
  /** Kinds of broken connections that are in the nature of the disturbance. Default: none. */
  breaks?: readonly string[];
  /**
   * Whether a worker may be lost between a send and its record, which is the one cause of an
   * arrival too many. Default false.
   */
  doubles?: boolean;
  /** Before there is traffic. */
  prepare?(scene: Pick<Scene, 'release'>): Promise<void>;
  /** Disturbs. Resolves when all is as before, with what was wrong meanwhile, in a sentence each. */
  play(scene: Scene): Promise<string[]>;
}

export interface Row {
  name: string;
  account: Account;
  received: number;
  /** Answers and broken connections while it was played. */
  seen: Record<string, number>;
  /** Attempts that were not recorded as sent, by outcome and error. */
  retried: Record<string, number>;
  /** From the end of the disturbance until nothing was open. */
  recoveryMs: number;
  /** In a sentence each. */
  wrong: string[];
}

export const PATH = '/traffic';
const BEFORE_MS = 2_000;
const AFTER_MS = 3_000;
/** Grace (channel timeout + 25 s), the reconciler's minute, and its next. */
const DEADLINE_MS = 170_000;
const STEADY = 15;
const BROKEN = ['refused', 'cut', 'silent', 'closed'];

/** A refusal with Retry-After is an answer that says what to do; the ledger has those without. */
const isOdd = (what: string, { breaks = [] }: Case): boolean => !/^(2\d\d|503)$/.test(what) && !breaks.includes(what);

/** What was seen, less what was expected; ordinary answers are no news. */
const oddities = (seen: Record<string, number>, one: Case): string[] =>
  Object.entries(seen)
    .filter(([what]) => isOdd(what, one))
    .map(([what, count]) => `${count} x ${BROKEN.includes(what) ? `connection ${what}` : what}`);

const judge = (one: Case, { account, seen }: Pick<Row, 'account' | 'seen'>): string[] => {
  const doubled = Object.values(account.duplicates).reduce((sum, count) => sum + count, 0);
  return [
    ...account.broken,
    ...(account.lost > 0 ? [`${account.lost} lost`] : []),
    ...(account.failed > 0 ? [`${account.failed} failed, though the receiver took everything`] : []),
    ...(doubled > 0 && !one.doubles ? [`${doubled} doubled: ${Object.keys(account.duplicates).join(', ')}`] : []),
    ...oddities(seen, one),
  ];
};

/**
 * What the case before took away is back, in the node's tables too, which follow the pods'
 * readiness by a moment.
 */
const untilSteady = async ({ url }: Release): Promise<void> => {
  const answers = async (): Promise<boolean> =>
    (await fetch(`${url}/health`, { headers: { connection: 'close' } }).catch(() => undefined))?.ok ?? false;
  await untilInARow(STEADY, 'the API is well', answers, { deadlineMs: 60_000, everyMs: 200 });
};

export const playCase = async (one: Case, release: Release, receiverHost: string): Promise<Row> => {
  await one.prepare?.({ release });
  await untilSteady(release);
  const receiver = await startReceiver({ host: receiverHost });
  receiver.behave(PATH, () => sleep(one.answerMs ?? 0, 200));
  const asker = makeAsker(release);
  const traffic = startTraffic({ asker, webhookUrl: receiver.url(PATH), perSecond: one.perSecond });
  try {
    const begin = sleep(one.due.inMs);
    await sleep(BEFORE_MS);
    await traffic.book(one.due.count, { ...one.due, inMs: one.due.inMs - BEFORE_MS });
    await begin;
    const wrong = await one.play({ release, receiver, traffic, asker });
    await sleep(AFTER_MS);
    await traffic.end();
    const seen = { ...asker.seen() };
    const { account, received, retried, tookMs } = await settle({
      asker,
      ledger: traffic.ledger,
      receiver,
      deadlineMs: DEADLINE_MS,
    });
    const name = one.name;
    return {
      name,
      account,
      received,
      retried,
      seen,
      recoveryMs: tookMs,
      wrong: [...wrong, ...judge(one, { account, seen })],
    };
  } finally {
    await traffic.end();
    asker.close();
    await receiver.close();
  }
};
