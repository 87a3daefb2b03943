import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { NotificationView } from '../../lib/notification-view.ts';
import { childEnvironment } from '../supervisor/settings.ts';
import { attemptsOf, heldNow } from './crash-steps.ts';
import { request, until, useWorld } from './kit.ts';

const env = { CHANNEL_TIMEOUT_MS: '3000', RETRY_SCHEDULE: '0,1,1' };
const world = useWorld({ env });
let second: ChildProcess | undefined;
afterAll(() => second?.kill('SIGKILL'));

/** Another worker and API beside the stack's own. Answers where it listens. */
const startSecond = async (): Promise<string> => {
  const settings = {
    port: 0,
    awsPort: Number(new URL(world.stack.awsUrl).port),
    smtpPort: undefined,
    dataDir: world.dataDir,
    logToTerminal: false,
  };
  const own = { ...process.env, ...env, WEBHOOK_SECRETS: world.secrets.join(' '), LOG_LEVEL: 'ERROR' };
  const path = fileURLToPath(new URL('../service.ts', import.meta.url));
  second = spawn(process.execPath, [path], {
    env: childEnvironment(own, settings),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ port }] = (await once(second, 'message')) as [{ port: number }];
  return `http://127.0.0.1:${port}`;
};

test('a worker frozen past its lease, in the middle of a send or before it, wakes up to no effect', {
  timeout: 90_000,
}, async () => {
  const { receiver, stack } = world;
  receiver.behave('/sending', ({ id }) => (receiver.of(id).length === 1 ? { status: 200, afterMs: 2_000 } : 200));
  const sending = await world.create({ send_at: await world.at(300), webhook_url: receiver.url('/sending') });
  await until('it is being sent', () => receiver.of(sending.id).length > 0, { everyMs: 5 });
  await world.fault({ service: 'dynamodb', mode: 'hold', operation: 'UpdateItem', when: 'after' });
  const claimed = await world.create({ webhook_url: receiver.url('/claimed') });
  await until('the other is claimed', async () => (await heldNow(world)) > 0, { everyMs: 5 });
  stack.kill('service', 'SIGSTOP');
  await world.fault({ service: 'dynamodb', mode: 'off' });

  const api = await startSecond();
  const read = async (id: string) => (await request<NotificationView>(`${api}/api/v1/notifications/${id}`, 'GET')).body;
  const bothSent = async () => {
    await world.advance('PT11M');
    const views = [await read(sending.id), await read(claimed.id)];
    return views.every(({ status }) => status === 'SENT') && views;
  };
  const [first, other] = await until('the other worker has taken over', bothSent, {
    deadlineMs: 60_000,
    everyMs: 1_500,
  });

  stack.kill('service', 'SIGCONT');
  await until('the frozen one is back', async () => (await fetch(`${stack.apiUrl}/health/ready`)).ok);
  // Longer than what it had under way can last: a send, its settling, a write with its retries.
  await sleep(5_000);
  for (const [before, arrivals] of [
    [first, 2],
    [other, 1],
  ] as const) {
    expect(attemptsOf(before as NotificationView)).toEqual(['unknown', 'sent']);
    expect(before?.attempts[0]?.error).toBe('worker_lost');
    expect(await world.read(String(before?.id))).toEqual(before);
    expect(new Set(receiver.of(String(before?.id)).map(({ text }) => text)).size).toBe(1);
    expect(receiver.of(String(before?.id))).toHaveLength(arrivals);
  }
});
