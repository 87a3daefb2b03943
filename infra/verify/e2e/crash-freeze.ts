/**
 * SIGSTOP of a worker past its lease, while another one goes on, and SIGCONT: what the frozen one
 * had in hand must not count.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { childEnvironment } from '../../../localstack/supervisor/settings.ts';
import { request } from '../kit/client.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { heldNow } from './crash-steps.ts';

export const FREEZE_ENV = { CHANNEL_TIMEOUT_MS: '10000', RETRY_SCHEDULE: '0,1,1' };
const NUDGE = 'PT11M';
/**
 * Longer than what a frozen worker has in flight can last: a send, its settling, a write with its
 * retries.
 */
const AFTERMATH_MS = 5_000;

/** Another worker and API beside the stack's own. Answers where it listens. */
const startSecond = async (stack: TestStack): Promise<{ api: string; process: ChildProcess }> => {
  const awsPort = Number(new URL(stack.processes.awsUrl).port);
  const own = { ...process.env, ...FREEZE_ENV, WEBHOOK_SECRETS: stack.secrets.join(' '), LOG_LEVEL: 'ERROR' };
  const path = fileURLToPath(new URL('../../../localstack/entrypoints/service-child.ts', import.meta.url));
  // By the channel it ends with this process, whatever happens to it.
  const second = spawn(process.execPath, [path], {
    env: childEnvironment(own, { port: 0, awsPort, dataDir: stack.dataDir }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ port }] = (await once(second, 'message')) as [{ port: number }];
  return { api: `http://127.0.0.1:${port}`, process: second };
};

/**
 * One that is being sent, and is answered once the worker is `frozen`, and one that is claimed by
 * then and not sent yet.
 */
const bringTo = async (stack: TestStack, frozen: Promise<void>): Promise<{ sending: string; claimed: string }> => {
  const { receiver } = stack;
  receiver.behave('/sending', async ({ id }) => {
    if (receiver.of(id).length === 1) await frozen;
    return 200;
  });
  const sending = await stack.create({ send_at: await stack.at(300), webhook_url: receiver.url('/sending') });
  await until('it is being sent', () => receiver.of(sending.id).length > 0, { everyMs: 5 });
  await stack.fault({ service: 'dynamodb', mode: 'hold', operation: 'UpdateItem', when: 'after' });
  const claimed = await stack.create({ webhook_url: receiver.url('/claimed') });
  await until('the other is claimed', async () => (await heldNow(stack)) > 0, { everyMs: 5 });
  return { sending: sending.id, claimed: claimed.id };
};

interface Frozen {
  /** After the other worker has sent it, and after the frozen one was woken. */
  before: NotificationView;
  after: NotificationView;
  arrivals: number;
}

export const freezePastLease = async (stack: TestStack): Promise<{ sending: Frozen; claimed: Frozen }> => {
  const { processes } = stack;
  const stopped = Promise.withResolvers<void>();
  const ids = await bringTo(stack, stopped.promise);
  processes.kill('service', 'SIGSTOP');
  stopped.resolve();
  await stack.fault({ service: 'dynamodb', mode: 'off' });
  const second = await startSecond(stack);
  try {
    const read = async (id: string) =>
      (await request<NotificationView>(`${second.api}/api/v1/notifications/${id}`, 'GET')).body;
    const readBoth = async () => ({ sending: await read(ids.sending), claimed: await read(ids.claimed) });
    const takenOver = async () => {
      await stack.advance(NUDGE);
      const both = await readBoth();
      return both.sending.status === 'SENT' && both.claimed.status === 'SENT' && both;
    };
    const options = { deadlineMs: 120_000, everyMs: 1_500 };
    const before = await until('the other worker has taken over', takenOver, options);
    processes.kill('service', 'SIGCONT');
    await until('the frozen one is back', async () => (await fetch(`${processes.apiUrl}/health/ready`)).ok);
    await sleep(AFTERMATH_MS);
    const after = await readBoth();
    const frozen = (name: keyof typeof ids): Frozen => ({
      before: before[name],
      after: after[name],
      arrivals: stack.receiver.of(ids[name]).length,
    });
    return { sending: frozen('sending'), claimed: frozen('claimed') };
  } finally {
    // A stopped process does not hear that it is to end.
    processes.kill('service', 'SIGCONT');
    second.process.kill('SIGKILL');
  }
};
