import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { BATCH_MAX, BATCHED } from '../../events/cloudevents.ts';
import { eventViewSchema } from '../../events/event.ts';
import { newEventSchema } from '../../events/new-event.ts';
import { eventsQuery } from '../../events/queries.ts';
import { cloudEventBatch } from './cloud-event.ts';
import {
  BODY_PROBLEMS,
  createdHeaders,
  id,
  idempotencyKey,
  json,
  linksTo,
  ok,
  pageAnswers,
  problems,
} from './parts.ts';

const publish = {
  operationId: 'publishEvent',
  tags: ['events'],
  summary: 'Publish an event',
  description:
    'It is stored before the answer; what it causes follows at once. A single CloudEvent 1.0 is taken here too, structured (`application/cloudevents+json`) or binary (`ce-` headers).',
  requestParams: { header: idempotencyKey },
  requestBody: { required: true, content: json(newEventSchema) },
  responses: {
    '200': ok('Published before, same source, id and content', eventViewSchema),
    '201': { ...ok('Accepted', eventViewSchema, createdHeaders), links: linksTo('getEvent') },
    ...problems(...BODY_PROBLEMS, 'idempotency-key-reused'),
  },
};

const publishBatch = {
  operationId: 'publishEventBatch',
  tags: ['events'],
  summary: 'Publish a batch of CloudEvents',
  description: `At most ${BATCH_MAX}, all or nothing: if one is refused, none is stored. Safe to repeat after a 503. The answer has the events in the order given.`,
  requestBody: { required: true, content: { [BATCHED]: { schema: cloudEventBatch } } },
  responses: {
    '201': ok('Accepted, or published before', z.array(eventViewSchema)),
    ...problems(...BODY_PROBLEMS, 'idempotency-key-reused'),
  },
};

export const eventPaths: ZodOpenApiPathsObject = {
  '/api/v1/events/': {
    post: publish,
    get: {
      operationId: 'listEvents',
      tags: ['events'],
      summary: 'Events, newest first',
      requestParams: { query: eventsQuery },
      responses: pageAnswers(eventViewSchema),
    },
  },
  '/api/v1/events/batch': { post: publishBatch },
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
