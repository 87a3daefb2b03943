import type { NotificationView } from '../../lib/notifications/notification-view.ts';

type Attempt = NotificationView['attempts'][number];

/**
 * How often an attempt may have sent its message: a webhook is sent again at once when its kept
 * connection closes without an answer. A worker that was lost cannot have recorded that it did so.
 */
export const sendingsMaxOf = ({ channel, outcome, resent }: Attempt): number =>
  resent || (channel === 'webhook' && outcome === 'unknown') ? 2 : 1;
