import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { apiKeyViewSchema, viewApiKey } from '../../lib/auth/api-keys/schema.ts';
import { page } from '../../lib/http/openapi/operation.ts';
import { listReply } from '../../lib/http/paging.ts';
import { clock } from '../../lib/platform/clock.ts';
import { pagingQuery } from '../../lib/schema/paging.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'admin',
    query: z.object(pagingQuery),
    openapi: {
      operationId: 'listKeys',
      summary: 'List the keys of this tenant, newest first; revoked ones for a while',
      answers: { 200: page(apiKeyViewSchema) },
    },
  },
  (request) => listReply(request, app.cursors(), app.apiKeys().list, (key) => viewApiKey(key, clock.now())),
);
