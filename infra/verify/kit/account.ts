/** Compares what was promised with what became of it. Pure, so that it can be shown to see a loss. */

import type { NotificationView } from '../../../lib/notifications/view.ts';
import type { ChannelName } from '../../../lib/schema/channel-names.ts';
import { causeOf, resentCauseOf } from './causes.ts';
import type { Entry, Ledger } from './ledger.ts';
import { hasEnded } from './ledger.ts';

export interface Arrival {
  channel: ChannelName;
  /** Business time, epoch ms. */
  at: number;
  /** What was received, where that must be the same each time. */
  bytes?: string;
}

/** What was found at the end. */
export interface Findings {
  /** By the id that was given at acceptance; for an event, of the one notification that it caused. */
  views: ReadonlyMap<string, NotificationView>;
  /** By the notification's id. */
  arrivals: ReadonlyMap<string, readonly Arrival[]>;
  /** Ids of notifications that are listed as dead letters. */
  dead: ReadonlySet<string>;
}

export interface Account {
  accepted: number;
  refused: number;
  unanswered: number;
  sent: number;
  failed: number;
  canceled: number;
  /** Of those canceled with 200. Must be 0. */
  canceledAndReceived: number;
  /** Cancels and reschedules answered 409. */
  tooLate: number;
  /** Of those. Must be 0. */
  tooLateAndOpen: number;
  /** Must be 0. */
  lost: number;
  /** Arrivals beyond the first on a channel, by cause. */
  duplicates: Record<string, number>;
  /** Attempts that were not recorded as sent: that something went wrong was noticed. */
  retried: number;
  /** The earliest arrival before its due time, ms. */
  earlyMs: number;
  /** Every law that does not hold, in words with ids. Must be empty. */
  broken: string[];
}

export interface Leniency {
  /** How much too early something may arrive: 0 unless clocks are off. */
  earlyMs: number;
}

/** Times are whole milliseconds on both sides. */
const ROUNDING_MS = 1;

export const emptyAccount = (): Account => ({
  accepted: 0,
  refused: 0,
  unanswered: 0,
  sent: 0,
  failed: 0,
  canceled: 0,
  canceledAndReceived: 0,
  tooLate: 0,
  tooLateAndOpen: 0,
  lost: 0,
  duplicates: {},
  retried: 0,
  earlyMs: 0,
  broken: [],
});

const judgeCanceled = (account: Account, view: NotificationView, arrivals: readonly Arrival[]): void => {
  account.canceled += 1;
  if (arrivals.length > 0) {
    account.canceledAndReceived += 1;
    account.broken.push(`${view.id}: canceled with 200, and received ${arrivals.length} times`);
  }
  if (view.status !== 'CANCELED') account.broken.push(`${view.id}: canceled with 200, and is ${view.status}`);
  if (view.attempts.length > 0) account.broken.push(`${view.id}: canceled with 200, and shows an attempt`);
};

const judgeDuplicates = (account: Account, view: NotificationView, channel: ChannelName, extra: number): void => {
  const causes = view.attempts.flatMap((one) =>
    one.channel === channel ? [causeOf(one) ?? [], resentCauseOf(one) ?? []].flat() : [],
  );
  for (const cause of causes.slice(0, extra)) {
    const name = `${channel}: ${cause}`;
    account.duplicates[name] = (account.duplicates[name] ?? 0) + 1;
  }
  if (causes.length >= extra) return;
  account.duplicates.unexplained = (account.duplicates.unexplained ?? 0) + extra - causes.length;
  account.broken.push(
    `${view.id}: ${extra + 1} arrivals by ${channel}, of which attempts explain ${causes.length + 1}`,
  );
};

const judgeSent = (account: Account, entry: Entry, view: NotificationView, arrivals: readonly Arrival[]): void => {
  let isLost = false;
  for (const channel of entry.channels) {
    const arrived = arrivals.filter((one) => one.channel === channel).length;
    const sent = view.attempts.filter((one) => one.channel === channel && one.outcome === 'sent').length;
    if (sent !== 1) account.broken.push(`${view.id}: ${sent} attempts by ${channel} are recorded as sent`);
    if (arrived === 0) isLost = true;
    else judgeDuplicates(account, view, channel, arrived - 1);
  }
  if (isLost) {
    account.lost += 1;
    account.broken.push(`${view.id}: is SENT, and did not arrive`);
  } else account.sent += 1;
};

const judgeFailed = (account: Account, view: NotificationView, dead: ReadonlySet<string>): void => {
  account.failed += 1;
  if (!dead.has(view.id)) account.broken.push(`${view.id}: FAILED, and is listed nowhere`);
};

const judgeTime = (account: Account, entry: Entry, arrivals: readonly Arrival[], { earlyMs }: Leniency): void => {
  const early = entry.dueAt - Math.min(...arrivals.map(({ at }) => at), Number.POSITIVE_INFINITY);
  account.earlyMs = Math.max(account.earlyMs, early);
  if (early > earlyMs + ROUNDING_MS) account.broken.push(`${entry.id}: arrived ${Math.round(early)} ms too early`);
};

const judgeBytes = (account: Account, id: string, arrivals: readonly Arrival[]): void => {
  const different = new Set(arrivals.flatMap(({ bytes }) => bytes ?? []));
  if (different.size > 1) account.broken.push(`${id}: its bytes changed`);
};

const lose = (account: Account, what: string): void => {
  account.lost += 1;
  account.broken.push(what);
};

const judgeEnded = (
  account: Account,
  entry: Entry,
  view: NotificationView,
  { arrivals: all, dead }: Findings,
  lenient: Leniency,
): void => {
  const arrivals = all.get(view.id) ?? [];
  judgeTime(account, entry, arrivals, lenient);
  judgeBytes(account, view.id, arrivals);
  if (view.status === 'SENT') judgeSent(account, entry, view, arrivals);
  else if (view.status === 'FAILED') judgeFailed(account, view, dead);
  else if (entry.ambiguous) account.canceled += 1;
  else lose(account, `${view.id}: CANCELED, and no answer reported it`);
};

const judgeTooLate = (account: Account, id: string, view: NotificationView | undefined): void => {
  account.tooLate += 1;
  if (!view || !hasEnded(view)) {
    account.tooLateAndOpen += 1;
    account.broken.push(`${id}: answered 409, and never ended`);
  } else if (view.attempts.length === 0) account.broken.push(`${id}: answered 409, and was never attempted`);
};

const judgeEntry = (account: Account, entry: Entry & { id: string }, findings: Findings, lenient: Leniency): void => {
  const view = findings.views.get(entry.id);
  account.accepted += 1;
  account.retried += view?.attempts.filter(({ outcome }) => outcome !== 'sent').length ?? 0;
  if (entry.canceled === 409 || entry.rescheduled === 409) judgeTooLate(account, entry.id, view);
  if (!view) lose(account, `${entry.id}: accepted, and is gone`);
  else if (entry.canceled === 200) judgeCanceled(account, view, findings.arrivals.get(view.id) ?? []);
  else if (!hasEnded(view)) lose(account, `${view.id}: never ended, is ${view.status}`);
  else judgeEnded(account, entry, view, findings, lenient);
};

export const settleAccount = (ledger: Ledger, findings: Findings, lenient: Leniency = { earlyMs: 0 }): Account => {
  const account = emptyAccount();
  account.refused = ledger.refused;
  account.unanswered = ledger.unanswered;
  account.broken.push(...ledger.wrong);
  for (const entry of ledger.entries)
    if (entry.id !== undefined) judgeEntry(account, { ...entry, id: entry.id }, findings, lenient);
  const { accepted, sent, failed, canceled, lost } = account;
  if (accepted !== sent + failed + canceled + lost)
    account.broken.push(`the account does not add up: ${accepted} accepted, ${sent + failed + canceled + lost} found`);
  return account;
};
