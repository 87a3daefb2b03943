import * as app from '../../lib/app.ts';
import { openRoute } from '../../lib/http/pipeline.ts';

export const handler = openRoute({ query: 'ignored' }, async ({ path }) => {
  const isReadiness = path.startsWith('/health/ready');
  const health = await (isReadiness ? app.health().ready() : app.health().check());
  return { status: health.status === 'ok' ? 200 : 503, body: health };
});
