import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { viewApiKey } from '../../lib/auth/api-keys/schema.ts';
import { listReply } from '../../lib/http/paging.ts';
import { clock } from '../../lib/platform/clock.ts';
import { pagingQuery } from '../../lib/schema/paging.ts';

export const handler = route('admin', { query: z.object(pagingQuery) }, (request) =>
  listReply(request, app.cursors(), app.apiKeys().list, (key) => viewApiKey(key, clock.now())),
);
