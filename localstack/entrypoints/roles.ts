/** What the roles `local-aws` and `scheduler` share. */

import { accessSync, constants, mkdirSync } from 'node:fs';
import * as z from 'zod';
import { startError } from '../../lib/platform/start-error.ts';
import { startMetricsServer } from '../../lib/runtime/metrics-server.ts';
import { given, host, port, problemsOf } from '../../lib/runtime/settings.ts';
import { useSink } from '../../lib/telemetry/index.ts';
import { makePrometheusSink } from '../../lib/telemetry/prometheus.ts';

export const commonFields = {
  HOST: host().prefault('0.0.0.0'),
  DATA_DIR: z.string().default('/data'),
  AWS_REGION: z.string().default('us-east-1'),
  METRICS_PORT: port().optional(),
};

/** Throws a StartError that names every variable that is wrong. */
export const parsed = <T>(schema: z.ZodType<T>, environment: NodeJS.ProcessEnv): T => {
  const { data, error, success } = schema.safeParse(given(environment));
  if (success) return data;
  throw startError(`The environment is not usable:\n${problemsOf(error).join('\n')}`, 2);
};

/** Creates the folder if it is missing. Throws a StartError if it is not writable. */
export const assertWritable = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const who = `user ${process.getuid?.() ?? 'of this process'}`;
    const remedy = `mount a volume there that ${who} may write to (in Kubernetes by fsGroup, or localAws.storage.chown of the chart)`;
    throw startError(`DATA_DIR: ${directory} cannot be written to: ${remedy}.`, 1, cause);
  }
};

/** Serves the metrics of this process at METRICS_PORT, if it is set. */
export const ownMetrics = async (settings: {
  METRICS_PORT?: number | undefined;
  HOST: string;
}): Promise<{ close(): Promise<void> } | undefined> => {
  if (settings.METRICS_PORT === undefined) return undefined;
  useSink(makePrometheusSink({ processMetrics: true }));
  const server = await startMetricsServer({ port: settings.METRICS_PORT, host: settings.HOST });
  return { close: () => server.close(0) };
};
