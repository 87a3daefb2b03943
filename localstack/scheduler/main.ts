/** `node localstack/scheduler/main.ts --endpoint <AWS endpoint>`: the Scheduler alone, firing into SQS at that endpoint. */
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import type { Clock, Log } from '../../lib/ports.ts';
import { makeScheduler } from './index.ts';
import { makeSqsSender } from './sqs-sender.ts';

const USAGE =
  'Usage: node localstack/scheduler/main.ts --endpoint <AWS endpoint> [--port 4567] [--data-dir .localstack/scheduler] [--region us-east-1] [--account-id 000000000000]';

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

const flagsOrExit = () => {
  try {
    return readFlags();
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
};

const systemClock: Clock = {
  now: Date.now,
  real: Date.now,
  monotonic: () => performance.now(),
  jumpedTo: () => 0,
};

const line = (level: string) => (message: string, fields?: Record<string, unknown>) =>
  console.log(JSON.stringify({ level, message, ...fields }));
const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };

const { port, endpoint, region, ...rest } = flagsOrExit();
// Emulators take any credentials; the SDK wants some.
process.env.AWS_ACCESS_KEY_ID ??= 'local';
process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
const sender = makeSqsSender({ endpoint, region });
const scheduler = makeScheduler({ ...rest, region, clock: systemClock, sendBatch: sender.send, log });
const server = createServer(scheduler.handle);

const stop = (status: number) => {
  server.close();
  server.closeAllConnections();
  void scheduler.close().then(() => {
    sender.close();
    process.exit(status);
  });
};
server.on('error', (error) => {
  console.error(error.message);
  stop(1);
});
server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  const actual = typeof address === 'object' ? address?.port : port;
  log.info('EventBridge Scheduler ready', { url: `http://127.0.0.1:${actual}`, fires_into: endpoint });
});
process.once('SIGTERM', () => stop(0));
process.once('SIGINT', () => stop(0));
