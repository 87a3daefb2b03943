/** OpenAPI 3.1, generated from the schemas that the doors parse with. */
import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { Scope } from '../auth/principal.ts';
import { deadLettersQuery, deadLetterViewSchema } from '../dead-letters/dead-letter.ts';
import { redriveJobViewSchema, redriveSchema } from '../dead-letters/redrive-job.ts';
import type { ErrorCode } from '../errors.ts';
import { eventViewSchema, newEventSchema } from '../events/event.ts';
import { healthSchema } from '../health-service.ts';
import { newNotificationSchema, rescheduleSchema } from '../notifications/notification.ts';
import { notificationViewSchema } from '../notifications/notification-view.ts';
import { VERSION } from '../version.ts';
import { eventsQuery, notificationsQuery } from './list-queries.ts';
import { endpointPaths } from './openapi-endpoints.ts';
import { erasurePaths } from './openapi-erasure.ts';
import { keyPaths } from './openapi-keys.ts';
import {
  BODY_PROBLEMS,
  createdAnswers,
  createdHeaders,
  etagHeader,
  id,
  idempotencyKey,
  ifMatch,
  json,
  ok,
  openProblems,
  pageAnswers,
  problems,
} from './openapi-parts.ts';

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

const eventPaths: ZodOpenApiPathsObject = {
  '/api/v1/events/': {
    post: {
      operationId: 'publishEvent',
      tags: ['events'],
      summary: 'Publish an event, or a batch of CloudEvents',
      description:
        'CloudEvents 1.0 JSON is accepted too: structured, binary (ce- headers) and batch (25 at most, all or nothing; 201 with an array).',
      requestParams: { header: idempotencyKey },
      requestBody: {
        required: true,
        content: {
          ...json(newEventSchema),
          'application/cloudevents+json': { schema: z.record(z.string(), z.unknown()) },
          'application/cloudevents-batch+json': { schema: z.array(z.record(z.string(), z.unknown())).max(25) },
        },
      },
      responses: {
        '200': ok('Published before, same source, id and content', eventViewSchema),
        '201': ok('Accepted', z.union([eventViewSchema, z.array(eventViewSchema)]), createdHeaders.partial()),
        ...problems(...BODY_PROBLEMS, 'idempotency-key-reused'),
      },
    },
    get: {
      operationId: 'listEvents',
      tags: ['events'],
      summary: 'Events, newest first',
      requestParams: { query: eventsQuery },
      responses: pageAnswers(eventViewSchema),
    },
  },
  '/api/v1/events/{id}': {
    get: {
      operationId: 'getEvent',
      tags: ['events'],
      summary: 'One event, with the ids of the notifications it caused',
      requestParams: { path: id },
      responses: { '200': ok('The event', eventViewSchema), ...problems('not-found') },
    },
  },
};

const notificationPaths: ZodOpenApiPathsObject = {
  '/api/v1/notifications/': {
    post: {
      operationId: 'createNotification',
      tags: ['notifications'],
      summary: 'Create a notification',
      requestParams: { header: idempotencyKey },
      requestBody: { required: true, content: json(newNotificationSchema) },
      responses: createdAnswers('Stored; delivery follows', notificationViewSchema),
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

const job = ok('The job', redriveJobViewSchema);
const deadLetterPaths: ZodOpenApiPathsObject = {
  '/api/v1/dead-letters/': {
    get: {
      operationId: 'listDeadLetters',
      tags: ['dead letters'],
      summary: 'Everything dead, and why; newest first',
      requestParams: { query: deadLettersQuery },
      responses: pageAnswers(deadLetterViewSchema),
    },
  },
  '/api/v1/dead-letters/redrive': {
    post: {
      operationId: 'redriveDeadLetters',
      tags: ['dead letters'],
      summary: 'Bring back what died before now, each once',
      requestParams: { header: idempotencyKey },
      requestBody: { required: true, content: json(redriveSchema) },
      responses: {
        '200': ok('With dry_run: how many match', z.object({ matched: z.int() })),
        '202': job,
        ...problems(...BODY_PROBLEMS, 'idempotency-key-reused'),
      },
    },
  },
  '/api/v1/dead-letters/redrive/{job_id}': {
    get: {
      operationId: 'getRedriveJob',
      tags: ['dead letters'],
      summary: 'The progress of a redrive',
      requestParams: { path: z.object({ job_id: z.string().max(64) }) },
      responses: { '200': job, ...problems('not-found') },
    },
  },
};

const health = (operationId: string): ZodOpenApiOperationObject => ({
  operationId,
  tags: ['system'],
  security: [],
  summary: 'Whether the service and what it depends on answer',
  responses: {
    ...openProblems(),
    '200': ok('All well', healthSchema),
    '503': ok('Something is unavailable', healthSchema),
  },
});
const systemPaths: ZodOpenApiPathsObject = {
  '/': {
    get: {
      operationId: 'welcome',
      tags: ['system'],
      security: [],
      summary: 'A welcome, and where the docs are',
      responses: { '200': ok('Welcome', z.object({ message: z.string(), docs: z.string() })), ...openProblems() },
    },
  },
  '/health': { get: health('health') },
  '/health/ready': { get: health('ready') },
  '/health/live': {
    get: {
      operationId: 'live',
      tags: ['system'],
      security: [],
      summary: '200 while the process runs',
      responses: { '200': ok('Alive', z.object({ status: z.literal('ok') })), ...openProblems() },
    },
  },
};

type Method = 'get' | 'post' | 'patch' | 'delete';
/** Says in each operation what a key or token needs for it; that the doors ask for just this is tested (auth.test.ts). */
const guarded = (
  paths: ZodOpenApiPathsObject,
  scopeOf: (method: Method, operationId: string) => Scope,
): ZodOpenApiPathsObject => {
  const withScope = ([method, operation]: [string, ZodOpenApiOperationObject]) => {
    const scope = scopeOf(method as Method, operation.operationId ?? '');
    const description = [operation.description, `Scope: \`${scope}\`.`].filter(Boolean).join(' ');
    return [method, { ...operation, description, security: [{ bearer: [scope] }, { key: [scope] }] }];
  };
  return Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(Object.entries(operations as Record<string, ZodOpenApiOperationObject>).map(withScope)),
    ]),
  );
};

const byAccess =
  (noun: 'events' | 'notifications') =>
  (method: Method): Scope =>
    `${noun}:${method === 'get' ? 'read' : 'write'}`;

const OPERATE_ENDPOINT = ['disableEndpoint', 'enableEndpoint', 'testEndpoint'];
/** What shows a secret, or decides where headers that are secret go, is the administrator's. */
const ofEndpoints = (method: Method, operationId: string): Scope =>
  method === 'get' || OPERATE_ENDPOINT.includes(operationId) ? byAccess('notifications')(method) : 'admin';

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A key of the service, or a token of the configured issuer.' },
  key: { type: 'apiKey', in: 'header', name: 'x-api-key' },
} as const;

/** The document; every path answers with and without its trailing slash. */
export const openApiDocument = () =>
  createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Event Notification Service',
      version: VERSION,
      description:
        'Publish events, schedule notifications, and know whether they arrived. Times are RFC 3339 with milliseconds.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: ['events', 'notifications', 'endpoints', 'dead letters', 'erasure', 'keys', 'system'].map((name) => ({
      name,
    })),
    security: [{ bearer: [] }, { key: [] }],
    paths: {
      ...guarded(eventPaths, byAccess('events')),
      ...guarded({ ...notificationPaths, ...deadLetterPaths }, byAccess('notifications')),
      ...guarded(endpointPaths, ofEndpoints),
      ...guarded({ ...erasurePaths, ...keyPaths }, () => 'admin'),
      ...systemPaths,
    },
    components: { securitySchemes },
  });
