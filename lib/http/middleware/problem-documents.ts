import { asServiceError } from '../../errors.ts';
import { problemReply } from '../problem.ts';
import { requestIdOf } from '../request.ts';
import { respond } from '../response.ts';
import type { EventMiddleware } from '../types.ts';

/** What was thrown -> a problem document (RFC 9457). An error that is not ours is a 500 that says nothing. */
export const problemDocuments = (): EventMiddleware => ({
  onError: (request) => {
    const { event, context, error } = request;
    const requestId = requestIdOf(event, context);
    const reply = problemReply(asServiceError(error), { requestId, path: event.rawPath });
    request.response = respond(reply, event.requestContext.http.method, requestId);
  },
});
