import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BYTES } from '../../lib/http/types.ts';
import { apiEvent, lambdaContext } from '../../lib/testing/http-events.ts';
import { type Backend, startBackend } from '../handlers.testing.ts';
import { handler as docs } from './docs.ts';

const BUNDLE = 'swagger-ui-bundle.js';
const original = readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${BUNDLE}`));
const ask = async (headers: Record<string, string> = {}, asset: string | undefined = BUNDLE, method = 'GET') => {
  const path = `/docs/${asset}`;
  const result = await docs(apiEvent({ method, path, params: { asset }, headers }), lambdaContext());
  return { ...result, headers: result.headers as Record<string, string>, bytes: result[BYTES], result };
};
const digest = (bytes: Buffer | undefined): string =>
  createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');

describe('a file of the documentation', () => {
  it('is the same buffer for every request, and is not copied', async () => {
    for (const headers of [{}, { 'accept-encoding': 'br' }, { 'accept-encoding': 'gzip' }]) {
      const [first, second] = [await ask(headers), await ask(headers)];
      expect(first.bytes).toBeInstanceOf(Buffer);
      expect(first.bytes).toBe(second.bytes);
    }
  });

  it('is base64 in what Lambda makes JSON of', async () => {
    const { result } = await ask();
    const { body, isBase64Encoded } = JSON.parse(JSON.stringify(result));
    expect([isBase64Encoded, digest(Buffer.from(body, 'base64'))]).toEqual([true, digest(original)]);
  });

  it.each([
    ['', undefined],
    ['identity', undefined],
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0, br;q=0', 'gzip'],
    ['x-br, gzip;q=0', undefined],
    ['*', 'br'],
  ])('accept-encoding: %s gets %s, of the same content', async (accepted, coding) => {
    const { headers, bytes = Buffer.alloc(0) } = await ask({ 'accept-encoding': accepted });
    expect([headers['content-encoding'], headers.vary]).toEqual([coding, 'accept-encoding']);
    const plain = { br: brotliDecompressSync, gzip: gunzipSync }[coding ?? ''] ?? ((same: Buffer) => same);
    expect(digest(plain(bytes))).toBe(digest(original));
  });

  it('has a strong ETag, another for each coding, and is 304 for a client that has it', async () => {
    const [plain, br, gzip] = [
      await ask(),
      await ask({ 'accept-encoding': 'br' }),
      await ask({ 'accept-encoding': 'gzip' }),
    ];
    const tags = [plain, br, gzip].map(({ headers }) => headers.etag ?? '');
    expect(new Set(tags).size).toBe(3);
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]+"$/);
    for (const known of [tags[0] ?? '', `"other", ${tags[0]}`, `W/${tags[0]}`, '*']) {
      const again = await ask({ 'if-none-match': known });
      expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', tags[0]]);
      expect(again.headers['cache-control']).toBe('public, max-age=86400');
    }
    expect((await ask({ 'if-none-match': tags[1] ?? '' })).statusCode).toBe(200);
  });

  it('has the same headers and no body for HEAD', async () => {
    const [get, head] = [await ask(), await ask({}, BUNDLE, 'HEAD')];
    expect([head.statusCode, head.body, head.bytes === get.bytes]).toEqual([200, '', true]);
    expect(head.headers).toEqual(get.headers);
  });
});

it('the page is revalidated each time, and has a dark theme', async () => {
  const { headers, [BYTES]: bytes, body } = await docs(apiEvent({ method: 'GET', path: '/docs' }), lambdaContext());
  expect(headers).toMatchObject({ 'cache-control': 'no-cache', 'content-security-policy': expect.any(String) });
  const [script] = /(?<=src="\/docs\/)\w+\.js/.exec(String(bytes ?? body)) ?? [];
  expect(String((await ask({}, script)).bytes)).toContain('prefers-color-scheme: dark');
});

describe('the OpenAPI document', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await startBackend({ AUTH_MODE: 'api-key' });
  });
  afterAll(() => backend.stop());

  /** A process of its own, whose environment says `mode`. */
  const served = async (mode: string) => {
    vi.stubEnv('AUTH_MODE', mode);
    vi.resetModules();
    const { useApiDescription } = await import('../../lib/http/api-description.ts');
    const { ownApi } = await import('../../lib/runtime/serverless/api.ts');
    useApiDescription(await ownApi());
    const { handler } = await import('./openapi.ts');
    return (headers = {}) => handler(apiEvent({ method: 'GET', path: '/openapi.json', headers }), lambdaContext());
  };
  const read = async (mode: string) => {
    const result = await (await served(mode))();
    return JSON.parse(Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8').toString());
  };

  it('is revalidated each time, and 304 while it is the same', async () => {
    const document = await served('api-key');
    const { headers } = await document();
    expect(headers).toMatchObject({ 'cache-control': 'no-cache' });
    expect((await document({ 'if-none-match': headers?.etag })).statusCode).toBe(304);
  });

  it('asks for a key where AUTH_MODE does, and nowhere where it is none', async () => {
    expect(JSON.stringify((await read('api-key')).components)).toContain('securitySchemes');
    expect(JSON.stringify(await read('none'))).not.toMatch(/"security"|"securitySchemes"/);
  });
});
