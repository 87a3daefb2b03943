import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import type { ErrorCode } from '../../errors.ts';
import { newNotificationSchema, rescheduleSchema } from '../../notifications/notification.ts';
import { notificationViewSchema } from '../../notifications/notification-view.ts';
import { notificationsQuery } from '../list-queries.ts';
import {
  BODY_PROBLEMS,
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

const notification = (description: string) => ok(description, notificationViewSchema, etagHeader);
const command = (
  operationId: string,
  summary: string,
  status: '200' | '202',
  ...codes: ErrorCode[]
): ZodOpenApiOperationObject => ({
  operationId,
  tags: ['notifications'],
  summary,
  requestParams: { path: id },
  responses: { [status]: notification('As it is now'), ...problems('not-found', ...codes) },
});

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
    get: command('getNotification', 'One notification, with the state of each channel and its attempts', '200'),
    patch: {
      ...command('rescheduleNotification', 'Reschedule; only while never claimed', '200'),
      requestParams: { path: id, header: ifMatch },
      requestBody: { required: true, content: json(rescheduleSchema) },
      responses: {
        '200': notification('Rescheduled'),
        ...problems('not-found', ...BODY_PROBLEMS, 'already-attempted', 'already-ended', 'precondition-failed'),
      },
    },
    delete: command(
      'cancelNotification',
      'Cancel: 200 means it was never attempted and never will be',
      '200',
      'already-attempted',
      'already-ended',
    ),
  },
  '/api/v1/notifications/{id}/stop': {
    post: command('stopNotification', 'No further attempts', '200', 'already-ended'),
  },
  '/api/v1/notifications/{id}/retry': {
    post: command('retryNotification', 'Start the retry schedule of the failed channels anew', '202', 'not-failed'),
  },
};
