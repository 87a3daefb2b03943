/** The local AWS as a child process of main.ts: neither it nor the service starves the other. */

import { jsonLog } from '../http/json-log.ts';
import { schedulerLog } from '../scheduler/notice.ts';
import { startAwsServer } from '../server.ts';
import { collectGarbage, giveUp, notify, runChild } from '../supervisor/run-child.ts';

const number = (name: string): number | undefined => {
  const value = process.env[name];
  return value === undefined || value === '' || value === '0' ? undefined : Number(value);
};

await runChild(async () => {
  const smtpPort = number('LOCAL_SMTP_PORT');
  const aws = await startAwsServer({
    port: Number(process.env.LOCAL_AWS_PORT ?? 4566),
    dataDir: process.env.DATA_DIR ?? '.localstack',
    region: process.env.AWS_REGION ?? 'us-east-1',
    apiPort: Number(process.env.PORT ?? 3000),
    log: schedulerLog(jsonLog, notify),
    onBroken: (error) =>
      void giveUp(`cannot write its data (${error.message}). It ends, and starts again: free space on the disk`),
    ...(smtpPort !== undefined && { smtpPort }),
  });
  collectGarbage();
  return { port: aws.port, close: aws.close };
});
