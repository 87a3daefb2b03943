import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { viewApiKey } from '../../lib/auth/api-key-schema.ts';
import { clock } from '../../lib/clock.ts';
import { listReply, pagingQuery } from '../../lib/http/paging.ts';
import { route } from '../../lib/route.ts';

export const handler = route('admin', { query: z.object(pagingQuery) }, (request) =>
  listReply(request, app.cursors(), app.apiKeys().list, (key) => viewApiKey(key, clock.now())),
);
