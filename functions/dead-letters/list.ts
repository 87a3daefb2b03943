import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { deadLettersQuery, viewDeadLetter } from '../../lib/dead-letters/dead-letter.ts';
import { listReply } from '../../lib/http/paging.ts';
import { given } from '../../lib/schema/omit-undefined.ts';

export const handler = route('notifications:read', { query: deadLettersQuery }, (request) => {
  const { kind, notification_type: type, endpoint_id: endpointId, since, until } = request.query;
  return listReply(
    request,
    app.cursors(),
    (at) => app.deadLetters().list({ ...at, ...given({ kind, type, endpointId, since, until }) }),
    viewDeadLetter,
  );
});
