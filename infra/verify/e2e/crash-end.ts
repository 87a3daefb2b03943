/** SIGTERM while requests come in: how it ends, and that the next start finds everything. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack } from '../../../localstack/testing/stack.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { CALM_ENV, type CrashOutcome, crashUnderLoad } from './crash.ts';

const portOf = (url: string): number => Number(new URL(url).port);

/** Rejects with EADDRINUSE when a process still holds it. */
const take = async (port: number): Promise<void> => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
};

interface Ending {
  exitCode: number | null;
  tookMs: number;
  outcome: CrashOutcome;
}

/**
 * Ends the stack in the middle of a load, takes its ports for a moment, and starts it again on the
 * same folder.
 */
export const endUnderLoad = async (stack: TestStack): Promise<Ending> => {
  const { dataDir, secrets } = stack;
  const ports = { port: portOf(stack.processes.apiUrl), awsPort: portOf(stack.processes.awsUrl) };
  // Few lanes: the signal is to meet a load, and not what a slow machine has piled up.
  const loaded = crashUnderLoad(stack, { notifications: 160, events: 40, perSecond: 50, lanes: 8, kills: [] });
  // Its failure is the caller's to see, below; until then it must not end the process.
  loaded.catch(() => undefined);
  await sleep(2_000);
  const before = performance.now();
  const exitCode = await stack.processes.stop();
  const tookMs = performance.now() - before;
  await Promise.all([take(ports.port), take(ports.awsPort)]);
  const again = await startStack({ dataDir, ...ports, env: { WEBHOOK_SECRETS: secrets.join(' '), ...CALM_ENV } });
  const outcome = await loaded.finally(() => again.stop());
  return { exitCode, tookMs, outcome };
};
