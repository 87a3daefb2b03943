import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeFurtherAttempts } from './retries.ts';

const failure = (errorType: 'THROTTLING' | 'TRANSIENT' | 'CLIENT_ERROR', name = 'any') => ({
  errorType,
  error: { name, message: name },
});

/** The pauses before each further attempt at a call that never succeeds. */
const pausesOf = async (
  error: ReturnType<typeof failure>,
  fraction: number,
  { attemptsMax = 6, pauseMs }: { attemptsMax?: number; pauseMs?: number } = {},
): Promise<number[]> => {
  const pauses: number[] = [];
  const sleep = async (ms: number) => void pauses.push(ms);
  const attempts = makeFurtherAttempts({ attemptsMax, pauseMs, fraction: () => fraction, sleep });
  let token = await attempts.acquireInitialRetryToken('');
  for (;;) {
    const next = await attempts.refreshRetryTokenForRetry(token, error).catch(() => undefined);
    if (!next) return pauses;
    pauses.push(next.getRetryDelay());
    token = next;
  }
};

describe('a call to DynamoDB', () => {
  it('that is throttled, or meets a fault, is repeated for half a second at least, and about one at most', async () => {
    for (const type of ['THROTTLING', 'TRANSIENT'] as const) {
      expect(await pausesOf(failure(type), 0)).toEqual([25, 50, 100, 200, 200]);
      expect(await pausesOf(failure(type), 0.99)).toEqual([50, 100, 199, 398, 398]);
    }
  });

  it('that is not answered in time is made three times at most: each has taken seconds', async () => {
    expect(await pausesOf(failure('TRANSIENT', 'TimeoutError'), 0)).toHaveLength(2);
  });

  it('pauses longer where quotas are by the second', async () => {
    expect(await pausesOf(failure('THROTTLING'), 0, { attemptsMax: 3, pauseMs: 500 })).toEqual([250, 500]);
    expect(await pausesOf(failure('THROTTLING'), 0.99, { attemptsMax: 3, pauseMs: 500 })).toEqual([498, 995]);
  });

  it('that is wrong is repeated once, by the SDK, and no more', async () => {
    expect(await pausesOf(failure('CLIENT_ERROR'), 0)).toEqual([25]);
  });
});

describe('the client before a throttled table', () => {
  const throttle = JSON.stringify({
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    message: 'throttled',
  });

  /** Throttles each call `times` times, each recognized by the key that it asks for. */
  const throttling = async (times: number) => {
    const met = new Map<string, number>();
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const key = Buffer.concat(chunks).toString();
      const seen = (met.get(key) ?? 0) + 1;
      met.set(key, seen);
      response
        .writeHead(seen <= times ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' })
        .end(seen <= times ? throttle : '{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'any');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
    vi.resetModules();
    const client: DynamoDBClient = (await import('./clients.ts')).dynamoClient();
    const get = (id: string) => client.send(new GetItemCommand({ TableName: 't', Key: { id: { S: id } } }));
    const stop = () => {
      client.destroy();
      server.close();
    };
    return { get, stop };
  };
  afterEach(() => vi.unstubAllEnvs());

  it('comes through five throttles of one call', async () => {
    const { get, stop } = await throttling(5);
    expect((await get('a')).$metadata).toMatchObject({ httpStatusCode: 200, attempts: 6 });
    stop();
  });

  it('comes through them with many calls at once: none uses up the attempts of another', async () => {
    const { get, stop } = await throttling(3);
    const answers = await Promise.all(Array.from({ length: 120 }, (_, n) => get(`item_${n}`)));
    expect(answers).toHaveLength(120);
    stop();
  });

  it('fails with the throttle when it lasts', async () => {
    const { get, stop } = await throttling(6);
    await expect(get('a')).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    stop();
  });
});
