import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { newNotificationSchema, rescheduleSchema } from '../../notifications/notification.ts';
import { notificationsQuery } from '../../notifications/queries.ts';
import { notificationViewSchema } from '../../notifications/view.ts';
import {
  BODY_PROBLEMS,
  commandsOn,
  createdAnswers,
  etagHeader,
  id,
  idempotencyKey,
  ifMatch,
  json,
  linksTo,
  ok,
  pageAnswers,
  problems,
} from './parts.ts';

const command = commandsOn('notifications', notificationViewSchema);

export const notificationPaths: ZodOpenApiPathsObject = {
  '/api/v1/notifications/': {
    post: {
      operationId: 'createNotification',
      tags: ['notifications'],
      summary: 'Create a notification',
      description: 'Give `target_date` or `send_at`, and at least one recipient.',
      requestParams: { header: idempotencyKey },
      requestBody: { required: true, content: json(newNotificationSchema) },
      responses: createdAnswers({
        description: 'Stored; delivery follows',
        schema: notificationViewSchema,
        links: linksTo('getNotification', 'rescheduleNotification', 'cancelNotification', 'stopNotification'),
      }),
    },
    get: {
      operationId: 'listNotifications',
      tags: ['notifications'],
      summary: 'Notifications, newest first',
      description: 'With `status` or a due window a page may be short and still have a next one.',
      requestParams: { query: notificationsQuery },
      responses: pageAnswers(notificationViewSchema),
    },
  },
  '/api/v1/notifications/{id}': {
    get: command({
      operationId: 'getNotification',
      summary: 'One notification, with the state of each channel and its attempts',
    }),
    patch: {
      ...command({ operationId: 'rescheduleNotification', summary: 'Reschedule; only while never claimed' }),
      requestParams: { path: id, header: ifMatch },
      requestBody: { required: true, content: json(rescheduleSchema) },
      responses: {
        '200': ok('Rescheduled', notificationViewSchema, etagHeader),
        ...problems('not-found', ...BODY_PROBLEMS, 'already-attempted', 'already-ended', 'precondition-failed'),
      },
    },
    delete: command({
      operationId: 'cancelNotification',
      summary: 'Cancel: 200 means it was never attempted and never will be',
      codes: ['already-attempted', 'already-ended'],
    }),
  },
  '/api/v1/notifications/{id}/stop': {
    post: command({ operationId: 'stopNotification', summary: 'No further attempts', codes: ['already-ended'] }),
  },
  '/api/v1/notifications/{id}/retry': {
    post: command({
      operationId: 'retryNotification',
      summary: 'Start the retry schedule of the failed channels anew',
      codes: ['not-failed'],
      status: '202',
    }),
  },
};
