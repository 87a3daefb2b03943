import { respond } from '../response.ts';
import type { ExchangeMiddleware, Reply } from '../types.ts';

/** Reply -> API Gateway response. @param status of a reply that names none */
export const httpResponse = (status = 200): ExchangeMiddleware => ({
  after: (request) => {
    const { event, requestId } = request.event;
    const reply = request.response as Reply;
    request.response = respond({ status, ...reply }, event.requestContext.http.method, requestId);
  },
});
