/** What the handlers of one notification share. */
import * as z from 'zod';
import type { Notification } from '../notifications/notification.ts';
import { viewNotification } from '../notifications/view.ts';
import { idOf } from '../schema/ids.ts';
import type { Reply } from './types.ts';

export const notificationParams = z.object({ id: idOf('ntf_') });

/** A notification and, as its `ETag`, the version that If-Match takes. */
export const notificationReply = (item: Notification): Reply => ({
  body: viewNotification(item),
  headers: { etag: `"${item.version}"` },
});
