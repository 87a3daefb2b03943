import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { healthSchema } from '../../health/service.ts';
import { ok, openProblems } from './parts.ts';

const open = (operation: ZodOpenApiOperationObject): ZodOpenApiOperationObject => ({
  tags: ['system'],
  security: [],
  ...operation,
});

const PROBED = 'The dependencies are probed at most once a second.';

const health = (operationId: string, summary: string, description: string): ZodOpenApiOperationObject =>
  open({
    operationId,
    summary,
    description,
    responses: {
      ...openProblems(),
      '200': ok('All well', healthSchema),
      '503': ok('Something is unavailable', healthSchema),
    },
  });

const welcomeSchema = z.object({ message: z.string(), docs: z.string() }).meta({ id: 'Welcome' });
const aliveSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Alive' });

export const systemPaths: ZodOpenApiPathsObject = {
  '/': {
    get: open({
      operationId: 'welcome',
      summary: 'A welcome, and where the docs are',
      description: 'For people who open the address in a browser.',
      responses: { '200': ok('Welcome', welcomeSchema), ...openProblems() },
    }),
  },
  '/health': { get: health('health', 'Whether the service and what it depends on answer', PROBED) },
  '/health/ready': {
    get: health(
      'ready',
      'Whether this process should get requests',
      `For readiness probes; answers within a second. 200 until a dependency has been away for a minute: \`dependencies\` says so at once. ${PROBED}`,
    ),
  },
  '/health/live': {
    get: open({
      operationId: 'live',
      summary: '200 while the process runs',
      description: 'Asks no dependency: for liveness probes.',
      responses: { '200': ok('Alive', aliveSchema), ...openProblems() },
    }),
  },
};
