import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openWritableClock } from './clock.ts';
import { openDynamoDb } from './dynamodb/index.ts';
import { makeFaults } from './faults.ts';
import { makeGateway } from './gateway.ts';
import { type Inbox, openInbox } from './inbox/store.ts';
import { makeKms } from './kms/index.ts';
import { makeLocalApi } from './local-api.ts';
import { makeSes } from './messages/ses.ts';
import { makeSms } from './messages/sms.ts';
import { startSmtp } from './messages/smtp.ts';
import { makeFaultySend } from './scheduler/faulty-send.ts';
import { makeScheduler } from './scheduler/index.ts';
import { accountId, openSqs } from './sqs/index.ts';

export interface AwsServerOptions {
  /** 0 = any free one. */
  port: number;
  /** Default: 127.0.0.1. */
  host?: string;
  dataDir: string;
  region: string;
  /** Where the API is; only shown. Default 3000. */
  apiPort?: number;
  /** Undefined = no SMTP server; 0 = any free one. */
  smtpPort?: number;
  /** The store takes no further write; only a new start helps. */
  onBroken?: (error: Error) => void;
  /** Given an endpoint of its own, before anybody else is answered: whoever asks meanwhile waits. When it rejects, the start does. */
  prepare?: (endpoint: string) => Promise<unknown>;
}

export interface AwsServer {
  port: number;
  endpoint: string;
  smtpPort: number | undefined;
  clock: { now(): number; offset(): number };
  inbox: Inbox;
  advance(byMs: number): void;
  close(): Promise<void>;
}

/** Longer than what SDKs keep idle connections for, so that it is the client that closes. */
const keepAliveMs = 75_000;

const listen = async (port: number, host = '127.0.0.1'): Promise<Server> => {
  const server = createServer({ keepAliveTimeout: keepAliveMs, requestTimeout: 0 });
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

/** The whole local AWS in this process: one HTTP server, all state in `dataDir`. */
export const startAwsServer = async (options: AwsServerOptions): Promise<AwsServer> => {
  const { dataDir: directory, region } = options;
  mkdirSync(directory, { recursive: true });
  const server = await listen(options.port, options.host);
  const { port } = server.address() as AddressInfo;
  const pending: Parameters<ReturnType<typeof makeGateway>>[] = [];
  const keep = (...request: (typeof pending)[number]): void => void pending.push(request);
  server.on('request', keep);

  const clock = openWritableClock(directory);
  const inbox = openInbox(directory, clock);
  const faults = makeFaults();
  const [sqs, dynamodb] = await Promise.all([
    openSqs({ directory, region, port, offset: clock.offset() }),
    openDynamoDb({ directory, region, clock, ...(options.onBroken && { onBroken: options.onBroken }) }),
  ]);
  const sendBatch: typeof sqs.sendBatch = async (queueArn, entries) => {
    if (faults.duplicates()) await sqs.sendBatch(queueArn, entries);
    return sqs.sendBatch(queueArn, entries);
  };
  const scheduler = makeScheduler({
    directory,
    clock,
    sendBatch: makeFaultySend(sendBatch, faults),
    accountId,
    region,
  });
  const smtp = options.smtpPort === undefined ? undefined : await startSmtp(inbox, options.smtpPort);

  // The clock first: should the process die in between, the queues catch up with it at the next start.
  const advance = (byMs: number): void => {
    clock.advance(byMs);
    sqs.advanceTo(clock.offset());
    scheduler.wake();
    dynamodb.wake();
  };

  const describe = () => ({
    region,
    smtp_port: smtp?.port,
    pid: process.pid,
    heap_used_bytes: process.memoryUsage().heapUsed,
    scheduler: scheduler.stats(),
  });
  const local = makeLocalApi({ clock, advance, inbox, faults, describe, apiPort: options.apiPort ?? 3000 });
  const kms = makeKms({ directory, region });
  const [ses, sms] = [makeSes(inbox), makeSms(inbox)];
  const gateway = makeGateway({ dynamodb, sqs, scheduler, ses, sms, kms, local, faults });
  if (options.prepare) await prepareAt(gateway, options.prepare);
  server.off('request', keep);
  server.on('request', gateway);
  for (const request of pending) gateway(...request);

  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    smtpPort: smtp?.port,
    clock,
    inbox,
    advance,
    close: async () => {
      await closeServer(server);
      await smtp?.close();
      await scheduler.close();
      await dynamodb.close();
      sqs.close();
      inbox.close();
      clock.close();
    },
  };
};
