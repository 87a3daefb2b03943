import * as app from '../../lib/app.ts';
import { healthSchema } from '../../lib/health/service.ts';
import { publicRoute } from '../../lib/http/route.ts';

const PROBED = 'The dependencies are probed at most once a second.';
const answers = {
  200: { description: 'All well', schema: healthSchema },
  503: { description: 'Something is unavailable', schema: healthSchema },
};

export const handler = publicRoute(
  {
    query: 'ignored',
    openapi: {
      '/health': {
        operationId: 'health',
        summary: 'Whether the service and what it depends on answer',
        description: PROBED,
        answers,
      },
      '/health/ready': {
        operationId: 'ready',
        summary: 'Whether this process should get requests',
        description: `For readiness probes; answers within a second. 200 until a dependency has been away for a minute: \`dependencies\` says so at once. ${PROBED}`,
        answers,
      },
    },
  },
  async ({ path }) => {
    const isReadiness = path.startsWith('/health/ready');
    const health = await (isReadiness ? app.health().ready() : app.health().check());
    return { status: health.status === 'ok' ? 200 : 503, body: health };
  },
);
