/** The role `scheduler`: the Scheduler as a container, beside an emulator that fires none. */
import * as z from 'zod';
import type { Running } from '../../lib/runtime/process.ts';
import { port } from '../../lib/runtime/settings.ts';
import { jsonLog } from '../http/json-log.ts';
import { startSchedulerServer } from '../scheduler/server.ts';
import { assertWritable, commonFields, ownMetrics, parsed } from './roles.ts';

const schema = z.object({
  ...commonFields,
  SCHEDULER_PORT: port().prefault('4567'),
  AWS_ENDPOINT_URL: z.url({ protocol: /^https?$/, error: 'must be the http(s) URL of an AWS endpoint' }),
  AWS_ACCOUNT_ID: z
    .string()
    .regex(/^\d{12}$/, 'must have 12 digits')
    .default('000000000000'),
});

export const startSchedulerRole = async (environment: NodeJS.ProcessEnv): Promise<Running> => {
  const settings = parsed(schema, environment);
  const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_ACCOUNT_ID: accountId, HOST: host } = settings;
  assertWritable(settings.DATA_DIR);
  const metrics = await ownMetrics(settings);
  const directory = settings.DATA_DIR;
  const wanted = settings.SCHEDULER_PORT;
  const server = await startSchedulerServer({
    endpoint,
    port: wanted,
    host,
    region,
    directory,
    accountId,
    log: jsonLog,
  });
  jsonLog.info('EventBridge Scheduler ready', { port: server.port, fires_into: endpoint });
  return {
    close: async () => {
      await server.close();
      await metrics?.close();
    },
  };
};
