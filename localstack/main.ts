/** `npm start`. Small, so that the compile cache is on before the rest loads. */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url));
enableCompileCache(cache);
process.env.NODE_COMPILE_CACHE ??= cache;

const { runStack } = await import('./supervisor/index.ts');

await runStack(process.env).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
