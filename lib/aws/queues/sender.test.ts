import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSender } from './sender.ts';

interface Batch {
  QueueUrl: string;
  Entries: { Id: string; MessageBody: string; DelaySeconds?: number; MessageGroupId?: string }[];
}

/**
 * A real client whose batches are seen on their way. `refuse` names the entries that the queue
 * would not take.
 */
const makeClient = (endpoint: string) => {
  const batches: Batch[] = [];
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  client.middlewareStack.add(
    (next) => (args) => {
      batches.push(args.input as Batch);
      return next(args);
    },
    { step: 'initialize' },
  );
  return { client, batches };
};

let server: FauxqsServer;
let kit: ReturnType<typeof makeClient>;
let queueUrl: string;

beforeAll(async () => {
  server = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  server.createQueue('work', {});
  kit = makeClient(`http://127.0.0.1:${server.port}`);
  queueUrl = `http://127.0.0.1:${server.port}/000000000000/work`;
});
afterAll(async () => {
  kit.client.destroy();
  await server.stop();
});
beforeEach(() => {
  kit.batches.length = 0;
});

const bodiesOf = (batches: Batch[]): string[] =>
  batches.flatMap(({ Entries }) => Entries.map(({ MessageBody }) => MessageBody));

describe('a sender', () => {
  it('sends what comes in the same turn ten to a call, each once', async () => {
    const send = makeSender(kit.client, queueUrl);
    const bodies = Array.from({ length: 25 }, (_, n) => `message ${n}`);
    await Promise.all(bodies.map((body) => send({ body })));
    expect(kit.batches.map(({ Entries }) => Entries.length)).toEqual([10, 10, 5]);
    expect(bodiesOf(kit.batches)).toEqual(bodies);
    expect(kit.batches.every((batch) => batch.QueueUrl === queueUrl)).toBe(true);
  });

  it('lets what can wait go with what comes some milliseconds later', async () => {
    const send = makeSender(kit.client, queueUrl);
    const first = send({ body: 'first', canWait: true });
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await Promise.all([first, send({ body: 'second' })]);
    expect(kit.batches.map(({ Entries }) => Entries.length)).toEqual([2]);
    await send({ body: 'alone', canWait: true });
    expect(bodiesOf(kit.batches)).toEqual(['first', 'second', 'alone']);
  });

  it('starts a new call for what comes later, and passes the delay on, but not a zero', async () => {
    const send = makeSender(kit.client, queueUrl);
    await send({ body: 'now', delaySeconds: 0 });
    await send({ body: 'later', delaySeconds: 900 });
    expect(kit.batches).toHaveLength(2);
    expect(kit.batches.map(({ Entries }) => Entries[0]?.DelaySeconds)).toEqual([undefined, 900]);
  });

  it("puts what is a tenant's into its group and its bulk into another, and what is the default one's, or of no tenant, into none", async () => {
    const send = makeSender(kit.client, queueUrl);
    await Promise.all([
      send({ body: '1', tenant: 'acme' }),
      send({ body: '2', tenant: 'default' }),
      send({ body: '3' }),
      send({ body: '4', tenant: 'acme', priority: 'bulk' }),
      send({ body: '5', tenant: 'default', priority: 'bulk' }),
      send({ body: '6', tenant: 'default', priority: 'normal' }),
    ]);
    const groups = kit.batches[0]?.Entries.map(({ MessageGroupId }) => MessageGroupId);
    expect(groups).toEqual(['acme', undefined, undefined, 'acme.bulk', 'default.bulk', undefined]);
  });

  it('keeps a batch within its bytes', async () => {
    const send = makeSender(kit.client, queueUrl);
    const body = 'ü'.repeat(125_000);
    await Promise.all(Array.from({ length: 5 }, () => send({ body })));
    expect(kit.batches.map(({ Entries }) => Entries.length)).toEqual([4, 1]);
  });

  it('rejects all of a batch when the queue cannot be reached, and goes on with the next', async () => {
    const send = makeSender(kit.client, `http://127.0.0.1:${server.port}/000000000000/missing`);
    const results = await Promise.allSettled([send({ body: '1' }), send({ body: '2' })]);
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    const good = makeSender(kit.client, queueUrl);
    await expect(good({ body: '3' })).resolves.toBeUndefined();
  });
});

describe('8. One poisoned message fails alone', () => {
  it('when a batch answers with a failure for one entry', async () => {
    const answer = {
      Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '' }],
      Failed: [{ Id: '1', Code: 'InvalidMessageContents', SenderFault: true }],
    };
    const stub = createServer((_request, response) => {
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
    const client = new SQSClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
      md5: false,
    });
    const send = makeSender(client, `${endpoint}/000000000000/work`);
    const results = await Promise.allSettled([send({ body: 'a' }), send({ body: 'b' })]);
    client.destroy();
    stub.close();
    stub.closeAllConnections();
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(results[1]).toMatchObject({
      reason: {
        code: 'unavailable',
        cause: expect.objectContaining({ message: expect.stringContaining('InvalidMessageContents') }),
      },
    });
  });
});
