import { openRoute } from '../../lib/http/pipeline.ts';

/** Says that the process runs and nothing more: a dependency that is down is no reason to kill it. */
export const handler = openRoute({ query: 'ignored' }, () => ({ body: { status: 'ok' } }));
