/**
 * Runs the Lambdas of serverless.yml in one process: the container's and the local stack's way to
 * run the service.
 */

import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { useApiDescription } from '../http/api-description.ts';
import { processEnvironment } from '../platform/environment.ts';
import { useSink } from '../telemetry/index.ts';
import { makePrometheusSink } from '../telemetry/prometheus.ts';
import type { HttpServer } from './http/listeners.ts';
import { makeRouter } from './http/router.ts';
import { type HttpServerOptions, startHttpServer } from './http/server.ts';
import { startMetricsServer } from './metrics-server.ts';
import { queueSources } from './queues/queues.ts';
import { startWorkers } from './queues/workers.ts';
import { describeApi } from './serverless/api.ts';
import { type LoadedFunction, loadFunction } from './serverless/handlers.ts';
import { serverlessFile } from './serverless/serverless-file.ts';
import { loadServerless, type ServerlessDocument, type ServerlessFunction } from './serverless/serverless-yaml.ts';

export type Role = 'api' | 'worker';

export interface RuntimeOptions {
  /** 0 takes any free one. Without the `api` role it serves `/metrics` and the system routes alone. */
  port: number;
  /** Default: 127.0.0.1. */
  host?: string;
  /** Throws for those who may not read `/metrics` on the API's port. */
  admitMetrics: HttpServerOptions['admitMetrics'];
  /** Another port that has the metrics without a key, at the same host. Default: none. */
  metricsPort?: number;
  /** Default: both. */
  roles?: Role[];
  /** Default: the repository's own. Handlers are resolved beside it. */
  serverlessPath?: string;
  stage?: string;
  /**
   * What `provider.environment` of serverless.yml resolves to, by its names: the queues' URLs are
   * taken from it.
   */
  environment: Record<string, string>;
  /** Messages in flight at once by a queue's logical id. */
  concurrency?: Record<string, number>;
  /** How long `close` lets what is in flight finish, `drainMs` included. Default 25 s. */
  graceMs?: number;
  /** How long the port stays open while readiness says no, for load balancers to leave. Default 0. */
  drainMs?: number;
  /** What the API takes on at once. */
  limits?: HttpServerOptions['limits'];
  reconcileAfterMs?: number;
  /**
   * Resolves once what the service needs is there. Until then it listens and says that it is not
   * ready, and takes no message. When it rejects, the start does.
   */
  until?: () => Promise<void>;
}

export interface Runtime {
  /** The API's. */
  port: number;
  metricsPort?: number;
  /** Takes nothing new, finishes what is in flight, gives back what has not begun. */
  close(): Promise<void>;
}

const GRACE_MS = 25_000;

/** A worker answers health checks and metrics too, and 404 for the API. */
const isNeeded = ({ handler, events }: ServerlessFunction, roles: Role[]): boolean =>
  events.some(({ httpApi, sqs }) => {
    if (httpApi) return roles.includes('api') || handler.startsWith('functions/system/');
    return sqs !== undefined && roles.includes('worker');
  });

/** The functions that the roles need, imported side by side. */
const loadFunctions = async (document: ServerlessDocument, serverlessPath: string, roles: Role[]) => {
  const needed = Object.entries(document.functions).filter(([, declared]) => isNeeded(declared, roles));
  const timeoutSeconds = document.provider.timeout;
  const loaded = await Promise.all(
    needed.map(([name, declared]) => loadFunction(name, declared, { serverlessPath, timeoutSeconds })),
  );
  return new Map<string, LoadedFunction>(loaded.map((each) => [each.name, each]));
};

/**
 * Resolves once the port listens and the queues are polled, nothing before `until` does. Rejects
 * when a handler, a queue's URL or the port is missing.
 */
export const startRuntime = async (options: RuntimeOptions): Promise<Runtime> => {
  const { roles = ['api', 'worker'], serverlessPath = serverlessFile(), environment, graceMs = GRACE_MS } = options;
  const { host = '127.0.0.1', drainMs = 0 } = options;
  const { region } = processEnvironment();
  const { stage = 'dev' } = options;
  const document = await loadServerless({ path: serverlessPath, stage, region, env: environment, functionsOnly: true });
  const sources = roles.includes('worker') ? queueSources(document, { environment, region }) : [];
  useSink(makePrometheusSink({ processMetrics: true }));
  useApiDescription(describeApi(document, serverlessPath));
  const functions = await loadFunctions(document, serverlessPath, roles);
  let usable = false;
  const server: HttpServer = await startHttpServer({
    port: options.port,
    host,
    match: makeRouter(document),
    functions,
    ...(options.limits && { limits: options.limits }),
    admitMetrics: options.admitMetrics,
    isReady: () => usable,
  });
  const metricsServer =
    options.metricsPort === undefined ? undefined : await startMetricsServer({ port: options.metricsPort, host });
  await options.until?.();
  usable = true;
  const { concurrency = {}, reconcileAfterMs } = options;
  const workers = startWorkers({
    sources,
    functions,
    region,
    concurrency,
    ...(reconcileAfterMs !== undefined && { reconcileAfterMs }),
  });
  return {
    port: server.port,
    ...(metricsServer && { metricsPort: metricsServer.port }),
    close: async () => {
      server.drain();
      const stopped = workers.stop(graceMs);
      if (drainMs > 0) {
        await sleep(Math.min(drainMs, graceMs));
        // Where the process was held up meanwhile, connections wait to be accepted, which closing
        // would reset.
        await turn();
      }
      await Promise.all([server.close(Math.max(0, graceMs - drainMs)), stopped]);
      await metricsServer?.close(graceMs);
    },
  };
};
