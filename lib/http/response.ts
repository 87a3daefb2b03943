import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Reply } from './types.ts';

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

type Payload = { contentType?: string; body: string; isBase64Encoded: boolean };

const payloadOf = ({ raw, body }: Reply): Payload => {
  if (raw && typeof raw.body !== 'string') {
    return { contentType: raw.contentType, body: raw.body.toString('base64'), isBase64Encoded: true };
  }
  if (raw) return { contentType: raw.contentType, body: raw.body as string, isBase64Encoded: false };
  if (body === undefined) return { body: '', isBase64Encoded: false };
  return { contentType: 'application/json', body: JSON.stringify(body), isBase64Encoded: false };
};

/** Reply -> API Gateway response. JSON is never cached unless the door says otherwise; HEAD gets the headers alone. */
export const respond = (reply: Reply, method: string, requestId: string): APIGatewayProxyStructuredResultV2 => {
  const { contentType, body, isBase64Encoded } = payloadOf(reply);
  const json = contentType?.endsWith('json') === true;
  const headers = {
    ...(contentType && { 'content-type': contentType }),
    ...(json && { 'cache-control': 'no-store' }),
    'x-content-type-options': 'nosniff',
    ...lowerCase(reply.headers ?? {}),
    'x-request-id': requestId,
  };
  return { statusCode: reply.status ?? 200, headers, body: method === 'HEAD' ? '' : body, isBase64Encoded };
};
