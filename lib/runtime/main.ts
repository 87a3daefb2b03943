/**
 * The container's entry. `PORT` (3000), `ROLE` (api, worker, all), `GRACE_SECONDS` (25), of which `DRAIN_SECONDS` (5) the port
 * stays open for load balancers to leave, `REQUESTS_MAX` (256) under way at once,
 * `METRICS_PORT` (none): the metrics without a key, for the inside of a network alone; the rest is lib/config.ts's.
 */
import { guard, warm } from '../app.ts';
import { config } from '../config.ts';
import { log } from '../telemetry.ts';
import { type Role, startRuntime } from './start.ts';

const rolesOf = (role: string): Role[] => {
  if (role === 'all') return ['api', 'worker'];
  if (role === 'api' || role === 'worker') return [role];
  throw new Error('ROLE must be api, worker or all');
};

const present = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));

const { STAGE } = config();
const runtime = await startRuntime({
  port: Number(process.env.PORT ?? 3000),
  admitMetrics: (headers) => guard().admit(headers, 'metrics:read'),
  ...(process.env.METRICS_PORT && { metricsPort: Number(process.env.METRICS_PORT) }),
  roles: rolesOf(process.env.ROLE ?? 'all'),
  stage: STAGE,
  environment: present(process.env),
  graceMs: Number(process.env.GRACE_SECONDS ?? 25) * 1000,
  drainMs: Number(process.env.DRAIN_SECONDS ?? 5) * 1000,
  ...(process.env.REQUESTS_MAX && { limits: { requests: Number(process.env.REQUESTS_MAX) } }),
});
log.info('runtime started', { port: runtime.port, role: process.env.ROLE ?? 'all' });
if (process.env.ROLE !== 'api') void warm();

let closing: Promise<void> | undefined;
const end = (signal: string): void => {
  if (closing) return;
  log.info('runtime stopping', { signal });
  closing = runtime.close().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error('runtime did not stop cleanly', { error });
      process.exit(1);
    },
  );
};
process.on('SIGTERM', () => end('SIGTERM'));
process.on('SIGINT', () => end('SIGINT'));
