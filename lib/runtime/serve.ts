/**
 * The service as a process of its own: API, workers or both. `PORT` (3000), `HOST` (0.0.0.0; must
 * be set when `AUTH_MODE` is none), `ROLE` (api, worker, all), `GRACE_SECONDS` (25), of which
 * `DRAIN_SECONDS` (5) the port stays open for load balancers to leave, `REQUESTS_MAX` (256) in
 * flight at once, `FIRST_KEY` (none): the token of a key that the API makes at its start,
 * `METRICS_PORT` (none): the metrics without a key, for the inside of a network alone; the rest is
 * lib/config.ts's.
 */
import { guard, keepFirstKey, warm } from '../app.ts';
import { config, parseConfig } from '../config.ts';
import { log } from '../telemetry/index.ts';
import { dependenciesOf, untilUsable } from './dependencies.ts';
import type { Running } from './process.ts';
import { given, readSettings, SECRETS_OF } from './settings.ts';
import { startRuntime } from './start.ts';
import { readTracingSettings } from './tracing/settings.ts';
import { startTracing } from './tracing/tracing.ts';

/**
 * Resolves once everything it needs is there and it serves. Rejects with a message that names all problems of
 * the environment at once, or what does not exist or is not ours to use.
 * @param roleNames further values of ROLE, for its message
 */
export const serve = async (environment: NodeJS.ProcessEnv, roleNames: string[] = []): Promise<Running> => {
  const { settings, problems } = readSettings(environment, roleNames);
  const needs = (settings?.roles ?? (['api', 'worker'] as const)).flatMap((role) => SECRETS_OF[role]);
  const tracing = readTracingSettings(environment);
  parseConfig(environment, { further: [...problems, ...tracing.problems], needs });
  if (!settings) throw new Error('settings without a problem are whole');
  const { roles, port, host, metricsPort, graceMs, drainMs, requestsMax, firstKey } = settings;
  const traces = await startTracing(tracing.settings);
  const runtime = await startRuntime({
    port,
    host,
    roles,
    admitMetrics: (headers) => guard().admit(headers, 'metrics:read'),
    ...(metricsPort !== undefined && { metricsPort }),
    stage: config().STAGE,
    environment: given(environment),
    graceMs,
    drainMs,
    ...(requestsMax !== undefined && { limits: { requests: requestsMax } }),
    until: async () => {
      await untilUsable(dependenciesOf(config(), roles));
      if (firstKey && roles.includes('api')) await keepFirstKey(firstKey);
    },
  });
  log.info('runtime.started', { port: runtime.port, roles });
  if (roles.includes('worker')) void warm();
  return {
    close: async () => {
      log.info('runtime.stopping', { grace_seconds: graceMs / 1_000 });
      try {
        await runtime.close();
      } finally {
        await traces.close();
      }
    },
  };
};
