import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ServiceError } from '../errors.ts';
import { BODY_BYTES_MAX, utf8Text } from '../schema/body.ts';

/** Of a PATCH that merges (RFC 7396). */
export const PATCH_TYPES = ['application/json', 'application/merge-patch+json'] as const;

/**
 * Throws `payload-too-large`.
 * @param bytes a body's size, or the `content-length` that says it
 */
export const requireSize = (bytes: number | string | undefined, bytesMax = BODY_BYTES_MAX): void => {
  if (Number(bytes ?? 0) <= bytesMax) return;
  throw new ServiceError('payload-too-large', `The body must be at most ${bytesMax} bytes.`);
};

const BYTE_ORDER_MARK = '\ufeff';

const decoded = (base64: string, bytesMax: number | undefined): string => {
  const bytes = Buffer.from(base64, 'base64');
  requireSize(bytes.length, bytesMax);
  return utf8Text(bytes);
};

/**
 * The body's length in bytes; undefined when there is none, which emulators of API Gateway write as
 * null.
 */
export const bodyBytesOf = ({
  body,
  isBase64Encoded,
}: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>): number | undefined =>
  typeof body === 'string' ? Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') : undefined;

/**
 * The body as text, without a byte order mark. Throws `payload-too-large`, or `malformed-json` when
 * the bytes are not UTF-8.
 */
export const bodyText = (
  event: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>,
  bytesMax?: number,
): string => {
  const body = event.body ?? '';
  if (event.isBase64Encoded) return decoded(body, bytesMax);
  requireSize(Buffer.byteLength(body), bytesMax);
  return body.startsWith(BYTE_ORDER_MARK) ? body.slice(1) : body;
};

/** The name, and the one that many clients write instead. */
const UTF8_NAMES = new Set(['utf-8', 'utf8']);

/**
 * Refuses what is not one of `allowed` (media types without parameters), or not UTF-8. Throws
 * `unsupported-media-type`.
 */
export const requireContentType = (header: string | undefined, allowed: readonly string[]): void => {
  const [type = '', ...parameters] = (header ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  const known = charset === undefined || UTF8_NAMES.has(charset.replaceAll('"', ''));
  if (allowed.includes(type) && known) return;
  throw new ServiceError('unsupported-media-type', `Content-Type must be ${allowed.join(' or ')}, in UTF-8.`);
};

/**
 * Compressed bodies are not taken: what is small enough for a body's limit needs it not,
 * and a bomb unpacks to anything.
 */
export const requireIdentity = (contentEncoding: string | undefined): void => {
  if (contentEncoding === undefined || contentEncoding.trim().toLowerCase() === 'identity') return;
  throw new ServiceError('unsupported-media-type', 'The body must not be compressed: no Content-Encoding is taken.');
};
