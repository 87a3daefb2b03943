import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type ProcessName, type Stack, startStack } from './stack.ts';
import { clientsFor, temporaryDirectory } from './temporary-directory.ts';

const directory = temporaryDirectory();
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ dataDir: directory.path });
});
afterAll(async () => {
  await stack.stop();
  directory.remove();
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const isUp = async (): Promise<boolean> => (await fetch(`${stack.apiUrl}/health/ready`)).ok;

it('npm start shows the addresses, and the API answers', async () => {
  for (const place of ['API', 'Docs', 'Metrics', 'Inbox', 'AWS endpoint', 'Data'])
    expect(stack.output()).toContain(place);
  expect(stack.output()).toMatch(/one region, [\w-]+, which every other means too/);
  expect(await isUp()).toBe(true);
});

it('a second start on the same folder, or on a busy port, ends with one clear line', async () => {
  await expect(startStack({ dataDir: directory.path })).rejects.toThrow(
    `ended with 1:\n${directory.path} is in use by the stack of process ${stack.pids().main}.`,
  );
  const other = temporaryDirectory();
  const port = Number(new URL(stack.apiUrl).port);
  await expect(startStack({ dataDir: other.path, port })).rejects.toThrow(`ended with 1:\nPort ${port} is in use`);
  const metrics = startStack({ dataDir: other.path, env: { METRICS_PORT: String(port) } });
  await expect(metrics).rejects.toThrow(`set METRICS_PORT to another port`);
  other.remove();
});

it('an invalid environment ends the start with a line for each variable', async () => {
  const other = temporaryDirectory();
  const env = { FIELD_KEYS: 'k1:short', RETENTION_DAYS: '3' };
  await expect(startStack({ dataDir: other.path, env })).rejects.toThrow(
    /The service could not start: The environment is not usable:\n {2}RETENTION_DAYS: .*\n {2}FIELD_KEYS: .*\n$/,
  );
  other.remove();
});

it('a failed start leaves no folder that it created, and a folder as it was', async () => {
  const other = temporaryDirectory();
  const port = Number(new URL(stack.apiUrl).port);
  const busy = { env: { METRICS_PORT: String(port) } };
  const unusable = { env: { RETENTION_DAYS: '3' } };
  for (const options of [busy, unusable]) {
    await expect(startStack({ dataDir: join(other.path, 'new', 'data'), ...options })).rejects.toThrow('ended with 1');
    await expect(startStack({ dataDir: other.path, ...options })).rejects.toThrow('ended with 1');
    expect(readdirSync(other.path)).toEqual([]);
  }
  writeFileSync(join(other.path, 'mine'), 'kept');
  await expect(startStack({ dataDir: other.path, ...unusable })).rejects.toThrow('ended with 1');
  expect(readFileSync(join(other.path, 'mine'), 'utf8')).toBe('kept');
  const file = join(other.path, 'mine', 'data');
  await expect(startStack({ dataDir: file })).rejects.toThrow(`DATA_DIR: ${file} cannot be used (ENOTDIR`);
  other.remove();
});

it.each<ProcessName>(['aws', 'service'])(
  '%s is started again when it is killed, and its port taken again',
  async (name) => {
    const before = stack.pids()[name];
    stack.kill(name, 'SIGKILL');
    await vi.waitFor(() => expect(stack.pids()[name]).not.toBe(before), { timeout: 30_000 });
    await vi.waitFor(async () => expect(await isUp()).toBe(true), { timeout: 30_000, interval: 100 });
    expect(stack.output()).toContain('was ended by SIGKILL; starting it again');
  },
);

it('a schedule that cannot fire here is accepted as on AWS, and the terminal says why', async () => {
  const { config } = clientsFor(stack.awsUrl);
  const scheduler = new SchedulerClient(config);
  const Arn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
  const command = new CreateScheduleCommand({
    Name: 'nightly',
    ScheduleExpression: 'rate(1 day)',
    StartDate: new Date(Date.now() + 86_400_000),
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn, RoleArn: 'arn:aws:iam::000000000000:role/r' },
  });
  await scheduler.send(command);
  const line = `schedule default/nightly cannot fire: Only SQS targets are invoked here, not ${Arn}`;
  await vi.waitFor(() => expect(stack.output()).toContain(line), { timeout: 10_000 });
});

it('an advance reaches the service, and what was due a week ahead is delivered', async () => {
  const send_at = new Date(Date.now() + 6 * 86_400_000).toISOString();
  const webhook_url = `${stack.awsUrl}/_local/inbox/webhook/week`;
  const body = JSON.stringify({ notification_type: 'user.signup', entity_id: 'user-1', send_at, webhook_url });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${stack.apiUrl}/api/v1/notifications/`, { method: 'POST', headers, body });
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  const status = async () =>
    ((await (await fetch(`${stack.apiUrl}/api/v1/notifications/${id}`)).json()) as { status: string }).status;
  await vi.waitFor(async () => expect(await status()).toBe('SCHEDULED'), { timeout: 30_000, interval: 50 });
  await stack.advance('P7D');
  await vi.waitFor(async () => expect(await status()).toBe('SENT'), { timeout: 30_000, interval: 50 });
  expect(await stack.inbox()).toMatchObject([{ channel: 'webhook', notification_id: id, to: webhook_url }]);
});

it('SIGTERM ends every process, within 10 s and with exit code 0', async () => {
  const pids = Object.values(stack.pids()).slice(0, 3);
  const startedAt = performance.now();
  expect(await stack.stop()).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(pids.filter(isAlive)).toEqual([]);
});
