/**
 * A function of serverless.yml as on AWS: its own process, its own connection to AWS (counted), and
 * what it prints counted too.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CountingProxy } from './counting-proxy.ts';
import { startCountingProxy } from './counting-proxy.ts';
import type { FromHost } from './lambda-host.ts';
import type { Ledger } from './usage.ts';

export interface Invoked {
  result: unknown;
  cpuMs: number;
  wallMs: number;
}

export interface LambdaProcess {
  name: string;
  proxy: CountingProxy;
  invoke(event: unknown): Promise<Invoked>;
  /** What it has printed since the last time. */
  takeLog(): string;
  close(): Promise<void>;
}

interface LambdaOptions {
  /** E.g. `functions/notifications/create.ts`. */
  file: string;
  awsUrl: string;
  dataDir: string;
  environment: Record<string, string>;
  ledger: Ledger;
}

const TIMEOUT_MS = 30_000;
const hostPath = fileURLToPath(new URL('./lambda-host.ts', import.meta.url));
const root = new URL('../../../', import.meta.url);

export const startLambda = async ({
  file,
  awsUrl,
  dataDir,
  environment,
  ledger,
}: LambdaOptions): Promise<LambdaProcess> => {
  const proxy = await startCountingProxy(awsUrl, ledger);
  const env = {
    ...process.env,
    ...environment,
    AWS_LAMBDA_FUNCTION_NAME: file,
    // Lambda names one for each invocation, also without X-Ray.
    _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:5759e988:0',
    AWS_ENDPOINT_URL: proxy.url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
    DATA_DIR: dataDir,
    BENCH_HANDLER: new URL(file, root).href,
    BENCH_TIMEOUT_MS: String(TIMEOUT_MS),
  };
  const child = fork(hostPath, { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  let printed = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`)));
  ended.catch(() => undefined); // whatever waits for a message rejects too; else this end was asked for
  const next = async (): Promise<FromHost> => {
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message as FromHost;
  };
  await next();
  return {
    name: file,
    proxy,
    invoke: async (event) => {
      child.send({ event });
      const message = await next();
      if (message.kind !== 'done') throw new Error(`${file} said ${message.kind}`);
      return message;
    },
    takeLog: () => {
      const text = printed;
      printed = '';
      return text;
    },
    close: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
      await proxy.close();
    },
  };
};
