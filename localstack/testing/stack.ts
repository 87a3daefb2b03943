import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InboxEntry } from '../inbox/store.ts';
import { provision } from '../provision/index.ts';
import { type AwsServer, startAwsServer } from '../server.ts';

/** The local AWS in this process. */
export interface Aws {
  endpoint: string;
  port: number;
  /** The provider's environment of serverless.yml, resolved. Empty without provisioning. */
  environment: Record<string, string>;
  /** Moves the virtual clock by an ISO 8601 duration at once. */
  advance(duration: string): Promise<void>;
  /** Newest first, at most 1,000. */
  inbox(): InboxEntry[];
  server: AwsServer;
  close(): Promise<void>;
}

export interface StartAwsOptions {
  /** Default 0: any free one. */
  port?: number;
  dataDir: string;
  region?: string;
  stage?: string;
  smtpPort?: number;
  /** Creates what serverless.yml declares. Default true. */
  provisioned?: boolean;
}

/** Jumps, or stops at the due times in between, which takes as long as their work. */
const advanceAt = async (endpoint: string, duration: string, jump = true): Promise<void> => {
  const request = { method: 'POST', body: JSON.stringify({ advance: duration, jump }) };
  const answer = await fetch(`${endpoint}/_local/clock`, request);
  if (!answer.ok) throw new Error(`The clock did not advance by ${duration}: ${await answer.text()}`);
};

export const startAws = async (options: StartAwsOptions): Promise<Aws> => {
  const { port = 0, region = 'us-east-1', stage = 'local', provisioned = true, dataDir, smtpPort } = options;
  const server = await startAwsServer({ port, dataDir, region, ...(smtpPort !== undefined && { smtpPort }) });
  const { endpoint } = server;
  const { environment } = provisioned ? await provision({ endpoint, stage, region }) : { environment: {} };
  return {
    endpoint,
    port: server.port,
    environment,
    advance: (duration) => advanceAt(endpoint, duration),
    inbox: () => server.inbox.list({ limit: 1_000 }),
    server,
    close: server.close,
  };
};

export type ProcessName = 'main' | 'aws' | 'service';

/** The stack of `npm start`, in its own processes. */
export interface Stack {
  apiUrl: string;
  awsUrl: string;
  /** The current ones: a child that is started again has another. */
  pids(): Record<ProcessName, number>;
  /** Moves the virtual clock by an ISO 8601 duration at once. */
  advance(duration: string): Promise<void>;
  /** Moves it, and stops at the due times in between. */
  pass(duration: string): Promise<void>;
  inbox(): Promise<InboxEntry[]>;
  kill(name: ProcessName, signal: NodeJS.Signals): void;
  /** What the stack has printed so far. */
  output(): string;
  /** SIGTERM; resolves with the exit code once everything has ended. */
  stop(): Promise<number | null>;
}

interface StartStackOptions {
  dataDir: string;
  /** The checkout whose code runs. Default: this one. */
  root?: string;
  /** Default: any free ones. */
  port?: number;
  awsPort?: number;
  env?: Record<string, string>;
}

/** Below the ephemeral ports (32768 on Linux), which outgoing connections use. */
const PORTS = { from: 12_000, to: 30_000 };

/** A port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const port = randomInt(PORTS.from, PORTS.to);
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return freePort();
    throw error;
  }
  probe.close();
  await once(probe, 'close');
  return port;
};

const thisRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Of a checkout, which may be another one than this. */
const scriptsOf = (root: string): { start: string } =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;

/** Resolves when the stack prints that it is ready; rejects with its output if it ends before. */
const untilReady = (child: ChildProcess, output: () => string): Promise<void> =>
  new Promise((resolve, reject) => {
    child.stdout?.on('data', () => output().includes('is ready') && resolve());
    child.once('exit', (code) => reject(new Error(`The stack ended with ${code}:\n${output()}`)));
  });

export const startStack = async (options: StartStackOptions): Promise<Stack> => {
  const port = options.port ?? (await freePort());
  const awsPort = options.awsPort ?? (await freePort());
  const { dataDir, root = thisRoot } = options;
  const [, script = ''] = scriptsOf(root).start.split(' ');
  const env = {
    ...process.env,
    ...options.env,
    PORT: String(port),
    LOCAL_AWS_PORT: String(awsPort),
    DATA_DIR: dataDir,
  };
  const child = spawn(process.execPath, [join(root, script)], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const exited = once(child, 'exit');
  // If the test runner ends, so does the stack: its children end with the supervisor.
  const reap = (): void => void child.kill('SIGKILL');
  process.once('exit', reap);
  child.once('exit', () => process.off('exit', reap));
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  await untilReady(child, () => printed);

  const pids = (): Record<ProcessName, number> => JSON.parse(readFileSync(join(dataDir, 'processes.json'), 'utf8'));
  const awsUrl = `http://127.0.0.1:${awsPort}`;
  return {
    apiUrl: `http://127.0.0.1:${port}`,
    awsUrl,
    pids,
    advance: (duration) => advanceAt(awsUrl, duration),
    pass: (duration) => advanceAt(awsUrl, duration, false),
    inbox: async () => {
      const answer = await fetch(`${awsUrl}/_local/inbox`, { headers: { accept: 'application/json' } });
      return (await answer.json()) as InboxEntry[];
    },
    kill: (name, signal) => process.kill(pids()[name], signal),
    output: () => printed,
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
};
