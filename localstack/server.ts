import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../lib/telemetry/log-interface.ts';
import { openWritableClock } from './clock.ts';
import { openDynamoDb } from './dynamodb/index.ts';
import { makeFaults } from './faults.ts';
import { makeGateway } from './gateway.ts';
import { accountId } from './http/account.ts';
import { makePending } from './inbox/pending.ts';
import { makeServiceTable } from './inbox/service-table.ts';
import { type Inbox, openInbox } from './inbox/store.ts';
import { makeKms } from './kms/index.ts';
import { makeAdvance } from './local-api/advance.ts';
import { makeLocalApi } from './local-api/local-api.ts';
import { makePlanTimes } from './local-api/plan-times.ts';
import { makeFaultySend } from './scheduler/faulty-send.ts';
import { makeScheduler } from './scheduler/index.ts';
import { makeSes } from './ses/ses.ts';
import { startSmtp } from './ses/smtp.ts';
import { makeSms } from './sms/sms.ts';
import { openSqs } from './sqs/index.ts';
import { openDataDirectory } from './storage/data-format.ts';

interface AwsServerOptions {
  /** 0 = any free one. */
  port: number;
  /** Default: 127.0.0.1. */
  host?: string;
  dataDir: string;
  region: string;
  /** The port of the API, for the inbox page. Default 3000. */
  apiPort?: number;
  /** Undefined = no SMTP server; 0 = any free one. */
  smtpPort?: number;
  /**
   * Of the scheduler: schedules that cannot fire, and deliveries that were given up. Default: none.
   */
  log?: Log;
  /** A write has failed: the store accepts none until the next start. */
  onBroken?: (error: Error) => void;
  /** Runs with an endpoint of its own while other requests wait. If it rejects, the start fails. */
  prepare?: (endpoint: string) => Promise<unknown>;
}

export interface AwsServer {
  port: number;
  endpoint: string;
  smtpPort: number | undefined;
  clock: { now(): number; offset(): number };
  inbox: Inbox;
  close(): Promise<void>;
}

/** Longer than SDKs keep idle connections, so that the client closes them. */
const KEEP_ALIVE_MS = 75_000;

const listen = async (port: number, host = '127.0.0.1'): Promise<Server> => {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
};

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const prepareAt = async (
  gateway: ReturnType<typeof makeGateway>,
  prepare: (endpoint: string) => Promise<unknown>,
): Promise<void> => {
  const inner = await listen(0);
  inner.on('request', gateway);
  await prepare(`http://127.0.0.1:${(inner.address() as AddressInfo).port}`);
  await closeServer(inner);
};

type Request = Parameters<ReturnType<typeof makeGateway>>;

/** Requests wait. Returns what passes them, and all that follow, to the gateway. */
const holdRequests = (server: Server) => {
  const waiting: Request[] = [];
  const hold = (...request: Request): void => void waiting.push(request);
  server.on('request', hold);
  return (gateway: ReturnType<typeof makeGateway>): void => {
    server.off('request', hold);
    server.on('request', gateway);
    for (const request of waiting) gateway(...request);
  };
};

/** All services over `dataDir`. `opened` closes them, the last first. */
const openServices = async (options: AwsServerOptions, port: number, opened: AsyncDisposableStack) => {
  const { dataDir: directory, region, onBroken } = options;
  openDataDirectory(directory);
  const clock = openWritableClock(directory);
  opened.defer(clock.close);
  const inbox = openInbox(directory, clock);
  opened.defer(inbox.close);
  const faults = makeFaults();
  const kms = makeKms({ directory, region });
  const sqs = await openSqs({ directory, region, port, offset: clock.offset() });
  opened.defer(sqs.close);
  const dynamodb = await openDynamoDb({ directory, region, clock, ...(onBroken && { onBroken }) });
  opened.defer(dynamodb.close);
  const sendBatch: typeof sqs.sendBatch = async (queueArn, entries) => {
    if (faults.duplicates()) await sqs.sendBatch(queueArn, entries);
    return sqs.sendBatch(queueArn, entries);
  };
  const scheduler = makeScheduler({
    directory,
    clock,
    sendBatch: makeFaultySend(sendBatch, faults),
    queueExists: sqs.hasQueue,
    ...(options.log && { log: options.log }),
    accountId,
    region,
  });
  opened.defer(scheduler.close);
  const smtp = options.smtpPort === undefined ? undefined : await startSmtp(inbox, options.smtpPort);
  opened.defer(async () => smtp?.close());
  return { clock, inbox, faults, kms, sqs, dynamodb, scheduler, smtp };
};

/** @param opened closes what was started, in reverse order */
const start = async (options: AwsServerOptions, opened: AsyncDisposableStack): Promise<AwsServer> => {
  const server = await listen(options.port, options.host);
  opened.defer(() => closeServer(server));
  const { port } = server.address() as AddressInfo;
  const begin = holdRequests(server);
  const { clock, inbox, faults, kms, sqs, dynamodb, scheduler, smtp } = await openServices(options, port, opened);

  const table = makeServiceTable(dynamodb.run);
  const advance = makeAdvance({ clock, sqs, scheduler, dynamodb, planning: makePlanTimes(table) });
  opened.defer(advance.stop);

  const describe = () => ({
    region: options.region,
    smtp_port: smtp?.port,
    pid: process.pid,
    heap_used_bytes: process.memoryUsage().heapUsed,
    scheduler: scheduler.stats(),
  });
  const pending = makePending(dynamodb.run, table);
  const local = makeLocalApi({ clock, advance, inbox, pending, faults, describe, apiPort: options.apiPort ?? 3000 });
  const [ses, sms] = [makeSes(inbox), makeSms(inbox)];
  const gateway = makeGateway({ dynamodb, sqs, scheduler, ses, sms, kms, local, faults });
  if (options.prepare) await prepareAt(gateway, options.prepare);
  begin(gateway);

  // The server closes before what its requests use.
  opened.defer(() => closeServer(server));
  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    smtpPort: smtp?.port,
    clock,
    inbox,
    close: () => opened.disposeAsync(),
  };
};

/** The whole local AWS in this process: one HTTP server, all state in `dataDir`. */
export const startAwsServer = async (options: AwsServerOptions): Promise<AwsServer> => {
  const opened = new AsyncDisposableStack();
  try {
    return await start(options, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
};
