import * as app from '../../lib/app.ts';
import { deadLettersQuery, deadLetterViewSchema, viewDeadLetter } from '../../lib/dead-letters/dead-letter.ts';
import { page } from '../../lib/http/openapi/operation.ts';
import { listReply } from '../../lib/http/paging.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    query: deadLettersQuery,
    openapi: {
      operationId: 'listDeadLetters',
      summary: 'List dead letters with their reasons, newest first',
      answers: { 200: page(deadLetterViewSchema) },
    },
  },
  (request) => {
    const { kind, notification_type: type, endpoint_id: endpointId, since, until } = request.query;
    return listReply(
      request,
      app.cursors(),
      (at) => app.deadLetters().list({ ...at, ...omitUndefined({ kind, type, endpointId, since, until }) }),
      viewDeadLetter,
    );
  },
);
