/**
 * Compresses what is answered. Outside Lambda alone: there it would be billed by the millisecond
 * and travel as base64, a third larger, and API Gateway does not do it either.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptedCoding } from '../../http/content-coding.ts';
import type { Answer } from './unread-answers.ts';

/** Below it, a packet is saved by nothing. */
const COMPRESS_ABOVE_BYTES = 1_024;
const COMPRESSIBLE = /^(text\/|application\/(([^;]*\+)?json|openmetrics-text))/i;

const isCompressible = ({ headers, body, isShared }: Answer): boolean =>
  body.length > COMPRESS_ABOVE_BYTES &&
  !isShared &&
  headers['content-encoding'] === undefined &&
  COMPRESSIBLE.test(headers['content-type'] ?? '');

const gzipped = promisify(gzip);

/** The answer as the client wants it. Its ETag stays: it names a version to edit, not these bytes. */
export const compressed = async (answer: Answer, acceptEncoding: string | undefined): Promise<Answer> => {
  if (!isCompressible(answer)) return answer;
  const headers = { ...answer.headers, vary: 'accept-encoding' };
  if (!acceptedCoding(acceptEncoding, ['gzip'])) return { ...answer, headers };
  const body = await gzipped(answer.body);
  return {
    ...answer,
    body,
    plainBytes: answer.body.length,
    headers: { ...headers, 'content-encoding': 'gzip', 'content-length': String(body.length) },
  };
};
