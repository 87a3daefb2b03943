import { z } from 'zod';
import * as app from '../../lib/app.ts';
import { viewEvent } from '../../lib/event.ts';
import { given } from '../../lib/given.ts';
import { route } from '../../lib/http.ts';
import { listReply, pagingQuery, timeQuery } from '../../lib/paging.ts';

const query = z.object({
  ...pagingQuery,
  type: z.string().optional(),
  source: z.string().optional(),
  since: timeQuery,
  until: timeQuery,
});

export const handler = route({ query }, (request) => {
  const { type, source, since, until } = request.query;
  return listReply(
    request,
    app.cursors(),
    (at) => app.events().list({ ...at, ...given({ type, source, since, until }) }),
    (event) => viewEvent(event),
  );
});
