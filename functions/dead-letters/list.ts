import * as app from '../../lib/app.ts';
import { deadLettersQuery, viewDeadLetter } from '../../lib/dead-letters/dead-letter.ts';
import { given } from '../../lib/given.ts';
import { listReply } from '../../lib/http/paging.ts';
import { route } from '../../lib/route.ts';

export const handler = route('notifications:read', { query: deadLettersQuery }, (request) => {
  const { kind, notification_type: type, endpoint_id: endpointId, since, until } = request.query;
  return listReply(
    request,
    app.cursors(),
    (at) => app.deadLetters().list({ ...at, ...given({ kind, type, endpointId, since, until }) }),
    viewDeadLetter,
  );
});
