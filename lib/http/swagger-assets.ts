/** Swagger UI's own files, served by us: nothing is fetched from elsewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { makeStaticAsset, type StaticAsset, type StaticContent } from './static-asset.ts';

const JAVASCRIPT = 'text/javascript; charset=utf-8';

const INIT = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true });\n`;

/**
 * Swagger UI has a dark theme, and a class of the root element that turns it on. In the head, so
 * that no light page flashes.
 */
const THEME = `const dark = matchMedia('(prefers-color-scheme: dark)');
const apply = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', apply);
apply();
`;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Event Notification Service API</title>
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="data:,">
    <script src="/docs/theme.js"></script>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/init.js"></script>
  </body>
</html>
`;

/** Swagger UI sets inline styles and draws its icons from data URLs; scripts come from us alone. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/**
 * A packaged function carries the files compressed, to stay small; elsewhere they come from the
 * package itself.
 */
const contentOf = (name: string, packagedIn: string): Pick<StaticContent, 'bytes' | 'br'> => {
  const packaged = join(packagedIn, 'swagger-ui', `${name}.br`);
  if (!existsSync(packaged)) {
    return { bytes: () => readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`)) };
  }
  const br = readFileSync(packaged);
  return { br, bytes: () => promisify(brotliDecompress)(br) };
};

/**
 * Read at once, kept for the life of the process.
 * @param packagedIn the folder of the running code
 */
export const swaggerAssets = (packagedIn: string): { page: StaticAsset; files: ReadonlyMap<string, StaticAsset> } => ({
  page: makeStaticAsset({
    contentType: 'text/html; charset=utf-8',
    bytes: () => Buffer.from(PAGE),
    headers: { 'cache-control': 'no-cache', 'content-security-policy': POLICY },
  }),
  files: new Map([
    ['theme.js', makeStaticAsset({ contentType: JAVASCRIPT, bytes: () => Buffer.from(THEME) })],
    ['init.js', makeStaticAsset({ contentType: JAVASCRIPT, bytes: () => Buffer.from(INIT) })],
    [
      'swagger-ui-bundle.js',
      makeStaticAsset({ contentType: JAVASCRIPT, ...contentOf('swagger-ui-bundle.js', packagedIn) }),
    ],
    [
      'swagger-ui.css',
      makeStaticAsset({ contentType: 'text/css; charset=utf-8', ...contentOf('swagger-ui.css', packagedIn) }),
    ],
  ]),
});
