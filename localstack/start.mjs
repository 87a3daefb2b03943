/**
 * `npm start`. Plain JavaScript, and small, so that the compile cache is on before the rest loads: it holds
 * TypeScript as JavaScript, and Node's parser of TypeScript, 18 MB, is not loaded.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url));
enableCompileCache(cache);
process.env.NODE_COMPILE_CACHE ??= cache;

await import('./main.ts');
