/**
 * Fills the compile cache after an install, for the first start: ready after 1.5 instead of 2.2 s.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url)));

await Promise.all([
  import('./index.ts'),
  import('../server.ts'),
  import('../provision/index.ts'),
  import('../../lib/runtime/start.ts'),
  import('../../lib/app.ts'),
]);
flushCompileCache();
process.exit(0);
