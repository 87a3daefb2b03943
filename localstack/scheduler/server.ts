import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../lib/platform/clock.ts';
import type { Log } from '../../lib/telemetry/log-interface.ts';
import { refusesForeign } from '../http/foreign.ts';
import { openDataDirectory } from '../storage/data-format.ts';
import { makeScheduler } from './index.ts';
import { makeSqsSender } from './sqs-sender.ts';

interface SchedulerServerOptions {
  /** The AWS endpoint of the queues. */
  endpoint: string;
  /** 0: any free one. */
  port: number;
  host: string;
  region: string;
  directory: string;
  accountId: string;
  log: Log;
}

/** The Scheduler alone, on real time. Rejects if the port is not free. */
export const startSchedulerServer = async (
  options: SchedulerServerOptions,
): Promise<{ port: number; close(): Promise<void> }> => {
  const { endpoint, port, host, region, directory, accountId, log } = options;
  // Emulators accept any credentials; the SDK needs some.
  process.env.AWS_ACCESS_KEY_ID ??= 'local';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
  const sender = makeSqsSender({ endpoint });
  const clock = systemClock;
  openDataDirectory(directory);
  const scheduler = makeScheduler({ directory, accountId, region, clock, sendBatch: sender.send, log });
  const server = createServer((request, response) => {
    if (!refusesForeign(request, response)) scheduler.handle(request, response);
  });
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await scheduler.close();
    sender.close();
  };
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject).listen(port, host, listening.resolve);
  try {
    await listening.promise;
  } catch (error) {
    await close();
    throw error;
  }
  return { port: (server.address() as AddressInfo).port, close };
};
