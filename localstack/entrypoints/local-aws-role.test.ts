import { get } from 'node:http';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, expect, it } from 'vitest';
import type { Running } from '../../lib/runtime/process.ts';
import { freePort } from '../testing/stack.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { startLocalAws } from './local-aws-role.ts';

let running: Running | undefined;
const directory = temporaryDirectory();
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

afterEach(async () => {
  await running?.close();
  running = undefined;
});

afterAll(directory.remove);

const environment = (port: number, more: Record<string, string> = {}) => ({
  HOST: '127.0.0.1',
  LOCAL_AWS_PORT: String(port),
  DATA_DIR: join(directory.path, 'data'),
  ...more,
});

it('answers requests during its start once the resources of the stage exist', async () => {
  const port = await freePort();
  const started = startLocalAws(environment(port));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials,
    maxAttempts: 10,
  });
  const described = client.send(new DescribeTableCommand({ TableName: 'event-notification-service-local' }));
  running = await started;
  expect((await described).Table?.TableStatus).toBe('ACTIVE');
  client.destroy();
});

it('answers under the names of a cluster and the addresses of pods, and under no other name', async () => {
  const port = await freePort();
  running = await startLocalAws(environment(port));
  const status = async (host: string): Promise<number> => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    get({ host: '127.0.0.1', port, path: '/_local/health', headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on('error', reject);
    return promise;
  };
  for (const host of [
    'event-system-local-aws:4566',
    'local-aws.event-system.svc.cluster.local:4566',
    '10.244.0.7:4566',
  ])
    expect([host, await status(host)]).toEqual([host, 200]);
  for (const host of ['evil.example', 'svc.cluster.local.evil.example', 'a.svc.evil.example:4566'])
    expect([host, await status(host)]).toEqual([host, 403]);
});

it('ends the start with the name of a folder that is in use or not writable', async () => {
  running = await startLocalAws(environment(await freePort()));
  await expect(startLocalAws(environment(await freePort()))).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringContaining(`${join(directory.path, 'data')} is in use`),
  });
  const occupied = '/dev/null/data';
  await expect(startLocalAws(environment(await freePort(), { DATA_DIR: occupied }))).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringContaining(`DATA_DIR: ${occupied} cannot be written to`),
  });
});

it('names every variable that is wrong at once', async () => {
  await expect(startLocalAws({ LOCAL_AWS_PORT: 'x', METRICS_PORT: 'y', HOST: 'z' })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/HOST: [\s\S]*METRICS_PORT: [\s\S]*LOCAL_AWS_PORT: /),
  });
});
