/** What notifications and events have in common: none of it is shown. Times are epoch ms, business time. */
import { counter, field, optional, PERSONAL, PLAIN, required } from './fields.ts';

export const recordFields = {
  /**
   * When the reconciler checks it next; absent once it has ended. A lost queue message loses
   * nothing by it.
   */
  nextCheckAt: field(optional<number>('next_check_at'), PLAIN),
  /** Checks of the reconciler since the last progress: its backoff. */
  checks: field(counter('checks'), PLAIN),
  /** How many of its messages were in the dead-letter queue. */
  returns: field(counter('returns'), PLAIN),
  endedAt: field(optional<number>('ended_at'), PLAIN),
  /** Epoch seconds; absent while it is open, and of an event also while a notification that it caused is. */
  expiresAt: field(optional<number>('expires_at'), PLAIN),
  /** A redrive keeps it. */
  firstFailedAt: field(optional<number>('first_failed_at'), PLAIN),
  redrivenAt: field(optional<number>('redriven_at'), PLAIN),
  /** The job that erased its content: since then it is a tombstone. */
  erasedBy: field(optional<string>('erased_by'), PLAIN),
  /**
   * SHA-256 of the content as given, where the id derives from what a client gave: content could be
   * guessed by it.
   */
  fingerprint: field(optional<string>('fingerprint'), PERSONAL),
  /** The sampled trace that created it, as a `traceparent`: spans of later work link to it. */
  trace: field(optional<string>('trace'), { isEncrypted: false, erasure: 'removes' }),
  /** Random per write: how a write recognises its own success. */
  writeId: field(required<string>('write_id'), PLAIN),
};
