import * as app from '../../lib/app.ts';
import { openRoute } from '../../lib/http.ts';

export const handler = openRoute({ query: 'ignored' }, async () => {
  const health = await app.health().check();
  return { status: health.status === 'ok' ? 200 : 503, body: health };
});
