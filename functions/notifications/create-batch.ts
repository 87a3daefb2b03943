import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { BATCH_BYTES_MAX, batchSchema, readBatch } from '../../lib/batch/read.ts';
import { batchReply, batchResultsSchema } from '../../lib/http/batch-reply.ts';
import { batchText } from '../../lib/http/openapi/batch-text.ts';
import { notificationBatch } from '../../lib/http/openapi/request-examples.ts';
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
      description: `Each ${batchText('/api/v1/notifications/', 'an `idempotency_key`')}`,
      body: batchSchema(notificationItemSchema).meta({ id: 'NotificationBatch' }),
      example: notificationBatch,
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
