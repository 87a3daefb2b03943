import { ServiceError } from '../errors.ts';

/** 256 KB: what SQS and EventBridge took for years, and far above any honest notification. */
export const BODY_BYTES_MAX = 262_144;

export const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * UTF-8 without its byte order mark (RFC 8259, 8.1: a parser may ignore one). Throws
 * `malformed-json` when it is not UTF-8.
 */
export const utf8Text = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new ServiceError('malformed-json', 'The body is not valid UTF-8.', { cause });
  }
};
