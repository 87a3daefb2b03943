import type { NotificationView } from '../../../lib/notifications/view.ts';

type Attempt = NotificationView['attempts'][number];

/** A worker that was lost cannot have recorded that it sent its message again. */
const isSentTwice = ({ channel, outcome, resent }: Attempt): boolean =>
  resent === true || (channel === 'webhook' && outcome === 'unknown');

/**
 * How often these attempts may have sent their message: a webhook is sent again at once when its
 * kept connection closes without an answer.
 */
export const sendingsMax = (attempts: readonly Attempt[]): number =>
  attempts.length + attempts.filter(isSentTwice).length;
