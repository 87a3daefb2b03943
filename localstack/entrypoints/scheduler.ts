/** `npm run scheduler -- --endpoint URL`: the Scheduler alone, which fires into SQS there. */
import { parseArgs } from 'node:util';
import { startError } from '../../lib/platform/start-error.ts';
import { runProcess } from '../../lib/runtime/process.ts';
import { jsonLog } from '../http/json-log.ts';
import { startSchedulerServer } from '../scheduler/server.ts';

const USAGE =
  'Usage: node localstack/entrypoints/scheduler.ts --endpoint <AWS endpoint> [--port 4567] [--data-dir .localstack/scheduler] [--region us-east-1] [--account-id 000000000000]';
const host = '127.0.0.1';

/** @throws Error that names the flag. */
const readFlags = () => {
  const { values } = parseArgs({
    options: {
      endpoint: { type: 'string' },
      port: { type: 'string', default: '4567' },
      'data-dir': { type: 'string', default: '.localstack/scheduler' },
      region: { type: 'string', default: process.env.AWS_REGION ?? 'us-east-1' },
      'account-id': { type: 'string', default: '000000000000' },
    },
  });
  const { endpoint = '', port, region } = values;
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw new Error(`--endpoint must be an http(s) URL${endpoint && `, not ${endpoint}`}`);
  if (!/^\d+$/.test(port) || Number(port) > 65_535) throw new Error(`--port must be 0 to 65535, not ${port}`);
  if (!/^\d{12}$/.test(values['account-id'])) throw new Error('--account-id must have 12 digits');
  return { endpoint, port: Number(port), region, directory: values['data-dir'], accountId: values['account-id'] };
};

const usableFlags = () => {
  try {
    return readFlags();
  } catch (error) {
    throw startError(`${(error as Error).message}\n${USAGE}`, 2, error);
  }
};

await runProcess(async () => {
  const flags = usableFlags();
  const server = await startSchedulerServer({ ...flags, host, log: jsonLog });
  const url = `http://${host}:${server.port}`;
  jsonLog.info('EventBridge Scheduler ready', { url, fires_into: flags.endpoint });
  return server;
});
