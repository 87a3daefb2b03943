/** What was asked and what was answered: the caller's side of the account. */
import type { ChannelName } from '../../../lib/schema/channel-names.ts';

export interface Entry {
  key: string;
  kind: 'notification' | 'event';
  channels: readonly ChannelName[];
  /** When it is due, epoch ms of business time; after a reschedule that was granted, the later time. */
  dueAt: number;
  /** The id that was given with 201 or 200; absent while it was not accepted. */
  id?: string;
  /** The final answer to a cancel or a reschedule; absent when there was none, or none that was definite. */
  canceled?: 200 | 409;
  rescheduled?: 200 | 409;
  /** A command may have been done though it was never answered. */
  ambiguous?: boolean;
}

export interface Ledger {
  entries: Entry[];
  /** Answers 503 and 429, each of which must carry Retry-After. */
  refused: number;
  /** Connections that failed, broke off or stayed silent. */
  unanswered: number;
  /** Answers that must not be, in words. */
  wrong: string[];
}

export const makeLedger = (): Ledger => ({ entries: [], refused: 0, unanswered: 0, wrong: [] });

const ENDED = ['SENT', 'FAILED', 'CANCELED', 'PROCESSED', 'REJECTED'];

/** Of a notification or an event. */
export const hasEnded = ({ status }: { status: string }): boolean => ENDED.includes(status);
