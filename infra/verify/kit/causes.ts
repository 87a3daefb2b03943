/** Why something may arrive twice: the causes in lib/README.md (Guarantees, "What remains possible"). */
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { sendingsMax } from './sendings.ts';

type Attempt = NotificationView['attempts'][number];

/** Nothing was taken: the connection was never made. */
const NEVER_ARRIVED = new Set(['connection_refused', 'dns_failure', 'unreachable', 'credentials_unavailable']);

/** Of an attempt of any outcome: its first sending may have arrived besides. */
export const resentCauseOf = (one: Attempt): string | undefined =>
  sendingsMax([one]) > 1 ? 'kept connection closed before an answer' : undefined;

/**
 * The cause under which an attempt that was not recorded as `sent` may have arrived all the same;
 * undefined when it cannot have.
 */
export const causeOf = ({ channel, outcome, error = '', http_status: status }: Attempt): string | undefined => {
  if (outcome === 'sent' || NEVER_ARRIVED.has(error)) return undefined;
  if (outcome === 'unknown') return 'worker lost before it could record';
  if (error === 'timeout') return 'answer late';
  // AWS refuses a message as a whole; a receiver of webhooks that answers an error may have kept it.
  if (status !== undefined) return channel === 'webhook' ? `receiver answered ${status}` : undefined;
  return 'answer lost';
};
