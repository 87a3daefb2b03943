/**
 * Content that is the same for every caller: made once per process, compressed once, revalidated by
 * ETag (RFC 9110, 8.8.3).
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { lazy } from '../concurrency/lazy.ts';
import { acceptedCoding } from './content-coding.ts';
import type { Reply } from './types.ts';

const CODINGS = ['br', 'gzip'] as const;
type Coding = (typeof CODINGS)[number];

const compress: Record<Coding, (bytes: Buffer) => Promise<Buffer>> = {
  // The default, 11, takes seconds for Swagger UI.
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (bytes) => promisify(gzip)(bytes),
};

export interface StaticAsset {
  /** @param headers names in lower case */
  reply(headers: Record<string, string | undefined>): Promise<Reply>;
}

export interface StaticContent {
  contentType: string;
  bytes(): Promise<Buffer> | Buffer;
  /** Compressed beforehand. */
  br?: Buffer;
  headers?: Record<string, string>;
}

const isCurrent = (etag: string, ifNoneMatch = ''): boolean =>
  ifNoneMatch.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);

export const makeStaticAsset = ({ contentType, bytes, br, headers = {} }: StaticContent): StaticAsset => {
  const plain = lazy(async () => bytes());
  const hash = lazy(async () =>
    createHash('sha256')
      .update(br ?? (await plain()))
      .digest('base64url')
      .slice(0, 22),
  );
  const coded = {
    br: lazy(async () => br ?? compress.br(await plain())),
    gzip: lazy(async () => compress.gzip(await plain())),
  };
  return {
    reply: async (asked) => {
      const coding = acceptedCoding(asked['accept-encoding'], CODINGS);
      const etag = `"${await hash()}${coding ? `-${coding}` : ''}"`;
      const cached = { 'cache-control': 'public, max-age=86400', vary: 'accept-encoding', ...headers, etag };
      if (isCurrent(etag, asked['if-none-match'])) return { status: 304, headers: cached };
      const body = await (coding ? coded[coding]() : plain());
      return {
        raw: { contentType, body },
        headers: { ...cached, ...(coding && { 'content-encoding': coding }) },
      };
    },
  };
};
