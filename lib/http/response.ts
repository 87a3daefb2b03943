import { BYTES, type HttpResult, type Reply } from './types.ts';

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/**
 * Encoded when it is asked for, as Lambda's JSON does: outside of it a copy for each request would
 * be in vain.
 */
const binary = (bytes: Buffer) => ({
  get body() {
    return bytes.toString('base64');
  },
  isBase64Encoded: true,
  [BYTES]: bytes,
});

const payloadOf = ({ raw, body }: Reply): { contentType?: string; text?: string; bytes?: Buffer } => {
  if (raw) {
    const { contentType, body: given } = raw;
    return typeof given === 'string' ? { contentType, text: given } : { contentType, bytes: given };
  }
  return body === undefined ? {} : { contentType: 'application/json', text: JSON.stringify(body) };
};

/**
 * Reply -> API Gateway response. JSON is never cached unless the handler says otherwise; HEAD gets
 * the headers alone, and a runtime the bytes that it does not send, for their length.
 */
export const respond = (reply: Reply, method: string, requestId: string): HttpResult => {
  const { contentType, text = '', bytes } = payloadOf(reply);
  const json = contentType?.endsWith('json') === true;
  const result = {
    statusCode: reply.status ?? 200,
    headers: {
      ...(contentType && { 'content-type': contentType }),
      ...(json && { 'cache-control': 'no-store' }),
      'x-content-type-options': 'nosniff',
      ...lowerCase(reply.headers ?? {}),
      'x-request-id': requestId,
    },
  };
  const isBase64Encoded = bytes !== undefined;
  if (method === 'HEAD') return { ...result, body: '', isBase64Encoded, [BYTES]: bytes ?? Buffer.from(text) };
  return bytes ? Object.assign(binary(bytes), result) : { ...result, body: text, isBase64Encoded };
};
