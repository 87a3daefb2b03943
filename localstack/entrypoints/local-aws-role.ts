/**
 * The role `local-aws`: the local AWS as a container. It creates the resources of `STAGE` before it
 * answers. The service in its own containers does not follow its virtual clock.
 */
import * as z from 'zod';
import type { Running } from '../../lib/runtime/process.ts';
import { port } from '../../lib/runtime/settings.ts';
import { jsonLog } from '../http/json-log.ts';
import { provision } from '../provision/index.ts';
import { startAwsServer } from '../server.ts';
import { lockDirectory } from '../supervisor/lock.ts';
import { assertWritable, commonFields, ownMetrics, parsed } from './roles.ts';

const schema = z.object({
  ...commonFields,
  LOCAL_AWS_PORT: port().prefault('4566'),
  STAGE: z.string().default('local'),
  LOCAL_SMTP_PORT: port().optional(),
  PORT: port().prefault('3000'),
});

/** Only a new start helps: the container is restarted. */
const giveUp = (error: Error): void => {
  jsonLog.error('the data cannot be written: ending', { error: error.message });
  process.exit(1);
};

export const startLocalAws = async (environment: NodeJS.ProcessEnv): Promise<Running> => {
  const settings = parsed(schema, environment);
  const { DATA_DIR: dataDir, AWS_REGION: region, STAGE: stage, LOCAL_SMTP_PORT: smtpPort } = settings;
  assertWritable(dataDir);
  const lock = await lockDirectory(dataDir);
  const metrics = await ownMetrics(settings);
  const aws = await startAwsServer({
    port: settings.LOCAL_AWS_PORT,
    host: settings.HOST,
    dataDir,
    region,
    apiPort: settings.PORT,
    log: jsonLog,
    ...(smtpPort !== undefined && { smtpPort }),
    prepare: (endpoint) => provision({ endpoint, stage, region }),
    onBroken: giveUp,
  });
  jsonLog.info('local AWS is ready', { port: aws.port, stage, region, data: dataDir });
  return {
    close: async () => {
      await aws.close();
      await metrics?.close();
      lock.release();
    },
  };
};
