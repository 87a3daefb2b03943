import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { schedule, temporaryDirectory } from '../scheduler/scheduler.testing.ts';

const MAIN = fileURLToPath(new URL('./scheduler.ts', import.meta.url));
const common = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

let fauxqs: FauxqsServer;
let sqs: SQSClient;
let QueueUrl: string | undefined;
const running: ChildProcess[] = [];

beforeAll(async () => {
  fauxqs = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  sqs = new SQSClient({ ...common, endpoint: `http://127.0.0.1:${fauxqs.port}` });
  ({ QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'work' })));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  sqs.destroy();
  await fauxqs.stop();
});

const run = (...flags: string[]) => {
  const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  return child;
};

/** Resolves when it listens. */
const start = async (directory: string) => {
  const endpoint = `http://127.0.0.1:${fauxqs.port}`;
  const child = run('--endpoint', endpoint, '--port', '0', '--data-dir', directory);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const client = new SchedulerClient({ ...common, endpoint: JSON.parse(line).url, maxAttempts: 1 });
  return { child, client };
};

const receive = async () => {
  const request = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 10 });
  return ((await sqs.send(request)).Messages ?? []).map(({ Body }) => Body);
};
const at = (ms: number) => `at(${new Date(ms).toISOString().slice(0, 19)})`;
const target = (Input: string) => ({
  Target: { Arn: 'arn:aws:sqs:us-east-1:000000000000:work', RoleArn: 'arn:aws:iam::000000000000:role/r', Input },
});

describe('the scheduler alone', () => {
  it('fires into SQS, fires after a kill -9 what it missed, and ends on SIGTERM', async () => {
    const directory = temporaryDirectory();
    const first = await start(directory);
    const past = { Name: 'past', ScheduleExpression: at(Date.now() - 60_000), ...target('past') };
    await first.client.send(new CreateScheduleCommand(schedule(past)));
    expect(await receive()).toEqual(['past']);

    const missed = { Name: 'missed', ScheduleExpression: at(Date.now() + 1000), ...target('missed') };
    await first.client.send(new CreateScheduleCommand(schedule(missed)));
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    first.client.destroy();

    const second = await start(directory);
    expect(await receive()).toEqual(['missed']);
    const kept = await second.client.send(new GetScheduleCommand({ Name: 'past' }));
    expect(kept.Target?.Input).toBe('past');
    second.child.kill('SIGTERM');
    expect(await once(second.child, 'exit')).toEqual([0, null]);
    second.client.destroy();
  });

  it.each([
    [['--endpoint', 'http://127.0.0.1:1', '--colour', 'red'], /--colour/],
    [['--port', '1'], /--endpoint must be an http\(s\) URL/],
    [['--endpoint', 'localhost'], /--endpoint must be an http\(s\) URL, not localhost/],
    [['--endpoint', 'http://127.0.0.1:1', '--port', 'many'], /--port must be 0 to 65535, not many/],
  ])('ends with one message for %j', async (flags, message) => {
    const child = run(...flags);
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    const [status] = await once(child, 'close');
    expect(status).toBe(2);
    expect(lines[0]).toMatch(message);
    expect(lines).toHaveLength(2);
  });
});
