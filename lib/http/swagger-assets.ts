/** Swagger UI's own files, served by us: nothing is fetched from elsewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

export interface Asset {
  contentType: string;
  body: Buffer;
  encoding?: 'br';
}

const TYPES: Record<string, string> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
};

const INIT = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true });\n`;

export const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Event Notification Service API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/init.js"></script>
  </body>
</html>
`;

/** A packaged function carries the files compressed, to stay small; elsewhere they come from the package itself. */
const read = (name: string, packagedIn: string): Pick<Asset, 'body' | 'encoding'> => {
  const compressed = join(packagedIn, 'swagger-ui', `${name}.br`);
  if (existsSync(compressed)) return { body: readFileSync(compressed), encoding: 'br' };
  return { body: readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`)) };
};

/**
 * @param packagedIn the folder of the running code
 * @returns undefined for a name that is none of ours
 */
export const swaggerAsset = (name: string, packagedIn: string, acceptsBrotli: boolean): Asset | undefined => {
  if (name === 'init.js') return { contentType: 'text/javascript; charset=utf-8', body: Buffer.from(INIT) };
  const contentType = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined; // `constructor` is no file
  if (contentType === undefined) return undefined;
  const found = read(name, packagedIn);
  if (found.encoding === undefined || acceptsBrotli) return { contentType, ...found };
  return { contentType, body: brotliDecompressSync(found.body) };
};
