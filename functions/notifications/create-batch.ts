import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { BATCH_BYTES_MAX, batchSchema, ITEMS_MAX, readBatch } from '../../lib/batch/read.ts';
import { batchReply, batchResultsSchema } from '../../lib/http/batch-reply.ts';
import { DAY } from '../../lib/http/openapi/operation.ts';
import { notificationItemSchema } from '../../lib/notifications/notification.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

const resultsSchema = batchResultsSchema('Notification', { version: z.int().optional() });

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    read: (raw) =>
      readBatch(raw, { schema: notificationItemSchema, rules: (given) => app.notifications().problems(given) }),
    bodyBytesMax: BATCH_BYTES_MAX,
    requestsIn: ({ items }) => items.length,
    openapi: {
      operationId: 'createNotificationBatch',
      summary: 'Create up to 100 notifications',
      description: `Each item is what a POST to \`/api/v1/notifications/\` takes, with an \`idempotency_key\` in place of the header, and is answered as that would be. At most ${ITEMS_MAX} items and 1 MB. Send items with status 503 again; those with an \`idempotency_key\` are safe to repeat.`,
      body: batchSchema(notificationItemSchema).meta({ id: 'NotificationBatch' }),
      example: {
        items: ['user-123', 'user-124'].map((user) => ({
          notification_type: 'password.expiry',
          entity_id: user,
          group: 'password-policy-2027',
          target_date: DAY,
          email: `${user}@example.com`,
          idempotency_key: `password-policy-2027-${user}`,
        })),
        on_invalid: 'skip',
      },
      answers: { 200: { description: 'What became of each item, in order', schema: resultsSchema } },
    },
  },
  async ({ body: batch, tenant, requestId, path }) =>
    batchReply(await app.createNotifications(batch, tenant), { requestId, path }, ({ item, replayed }) => ({
      status: 201,
      id: item.id,
      version: item.version,
      ...omitUndefined({ replayed: replayed || undefined }),
    })),
);
