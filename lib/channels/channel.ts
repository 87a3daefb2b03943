import type { ChannelName } from '../schema/channel-names.ts';
import type { FailureReason } from '../schema/reasons.ts';
import type { SigningKeys } from '../schema/signing-keys.ts';

/** A message, rendered; the same on every attempt. */
export interface OutgoingMessage {
  notificationId: string;
  tenant: string;
  /** The e-mail address, E.164 number or URL, by channel. */
  to: string;
  subject: string;
  body: string;
  /** The webhook's JSON, the same bytes on every attempt. */
  payload: string;
  /**
   * When it is due, epoch ms. Sent along (`X-Notification-Due`, SMS context), so that receivers can
   * see how late it is.
   */
  dueAt?: number;
  /**
   * Of the webhook endpoint it is for: `keys` (newest first) sign instead of the configured
   * secrets, `headers` are added.
   */
  webhook?: { keys: SigningKeys[]; headers: Record<string, string> };
}

/**
 * The outcome of one attempt is a value; a channel throws only when it is misconfigured or has a
 * bug (treated as retry).
 */
export type SendResult = (
  | { outcome: 'sent'; httpStatus?: number }
  /**
   * Worth another try. `retryAfterMs`: what the receiver asked for. `redirectedTo`: the origin of a redirect;
   * it may tell who the recipient is, so it is shown to the tenant and neither logged nor a label.
   */
  | { outcome: 'retry'; error: FailureReason; httpStatus?: number; retryAfterMs?: number; redirectedTo?: string }
  /** Hopeless: no further attempt. */
  | { outcome: 'failed'; error: FailureReason; httpStatus?: number }
) & {
  /**
   * The kept connection closed before any answer, so it was sent once more: the receiver may have
   * it twice.
   */
  resent?: true;
};

export interface SendOptions {
  signal: AbortSignal;
  /**
   * Called with work that goes on after the result, on behalf of the receiver. It ends soon after
   * `signal` aborts, never rejected.
   */
  waitUntil?: (work: Promise<void>) => void;
}

export interface Channel {
  readonly name: ChannelName;
  /** Must settle soon after `signal` aborts; an abort is a retry with error `timeout`. */
  send(message: OutgoingMessage, options: SendOptions): Promise<SendResult>;
}

export type Channels = Record<ChannelName, Channel>;
