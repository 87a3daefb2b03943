import { request as httpRequest } from 'node:http';
import {
  CreateTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueUrlCommand, ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Aws, startAws } from './testing/stack.ts';
import { clientsFor, temporaryDirectory } from './testing/temporary-directory.ts';

const directory = temporaryDirectory();
let aws: Aws;
let clients: ReturnType<typeof clientsFor>;
beforeAll(async () => {
  aws = await startAws({ dataDir: directory.path });
  clients = clientsFor(aws.endpoint, 'eu-west-3');
});
afterAll(async () => {
  await aws.close();
  directory.remove();
});

describe('one endpoint serves every service, whatever the region and the credentials', () => {
  test('DynamoDB', async () => {
    const { TableNames } = await clients.dynamodb.send(new ListTablesCommand({}));
    expect(TableNames).toEqual([aws.environment.TABLE_NAME]);
  });

  test('SQS, whose queue URLs point back here', async () => {
    const { QueueUrls } = await clients.sqs.send(new ListQueuesCommand({}));
    expect(QueueUrls).toHaveLength(6);
    for (const url of QueueUrls ?? []) expect(url.startsWith(`${aws.endpoint}/000000000000/`)).toBe(true);
    const name = aws.environment.EVENT_QUEUE_URL?.split('/').at(-1) ?? '';
    const found = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    expect(found.QueueUrl).toBe(aws.environment.EVENT_QUEUE_URL);
  });

  test('Scheduler', async () => {
    const { Schedules } = await new SchedulerClient(clients.config).send(new ListSchedulesCommand({}));
    expect(Schedules?.map((schedule) => schedule.Name)).toEqual(['reconcile']);
  });

  test('STS says who asks', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0';
    const answer = await fetch(aws.endpoint, {
      method: 'POST',
      headers: { authorization },
      body: 'Action=GetCallerIdentity',
    });
    expect(await answer.text()).toContain('<Account>000000000000</Account>');
  });

  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const has = 'it has dynamodb, sqs, scheduler, ses, sms-voice, kms, sts';
  test.each<[string, string, Record<string, string>, string, string]>([
    ['S3', 's3', {}, 'text/xml', '<Error><Code>NotImplemented</Code><Message>'],
    [
      'the query protocol',
      'sns',
      form,
      'text/xml',
      '<ErrorResponse><Error><Type>Receiver</Type><Code>NotImplemented</Code>',
    ],
    ['EC2', 'ec2', form, 'text/xml', '<Response><Errors><Error><Code>NotImplemented</Code>'],
    ['REST-XML', 'route53', {}, 'text/xml', '<ErrorResponse><Error><Type>Receiver</Type><Code>NotImplemented</Code>'],
    [
      'JSON',
      'secretsmanager',
      { 'x-amz-target': 'secretsmanager.GetSecretValue' },
      'application/x-amz-json-1.0',
      '{"__type":"NotImplemented"',
    ],
    ['REST-JSON', 'lambda', {}, 'application/x-amz-json-1.0', '{"__type":"NotImplemented"'],
    ['CBOR', 'monitoring', { 'smithy-protocol': 'rpc-v2-cbor' }, 'application/cbor', 'NotImplemented'],
  ])(
    'a service that is not there is refused in the protocol of its callers: %s',
    async (_, service, headers, type, start) => {
      const authorization = `AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
      const answer = await fetch(aws.endpoint, { method: 'POST', headers: { authorization, ...headers }, body: 'x' });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([501, type]);
      const text = await answer.text();
      expect(text).toContain(start);
      expect(text).toContain(has);
      expect(text).toMatch(new RegExp(`no service (&quot;|\\\\?")${service}`));
    },
  );

  test('an error in CBOR is a map of code and message', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/m/aws4_request, SignedHeaders=host, Signature=0';
    const answer = await fetch(aws.endpoint, { headers: { authorization, 'smithy-protocol': 'rpc-v2-cbor' } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.subarray(0, 4).toString('hex')).toBe('a2790006');
    expect(bytes.subarray(4, 10).toString()).toBe('__type');
    const length = bytes.length - bytes.indexOf('The local AWS');
    expect(bytes.readUInt16BE(bytes.indexOf('The local AWS') - 2)).toBe(length);
  });

  test('an upload to a service that is not there is refused before its end', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const request = httpRequest(aws.endpoint, {
      method: 'PUT',
      path: '/bucket/key',
      headers: { authorization, 'content-length': 100_000_000 },
    });
    request.on('response', (answer) => resolve(answer.statusCode)).on('error', reject);
    request.flushHeaders();
    expect(await promise).toBe(501);
    request.on('error', () => {}).destroy();
  });

  test('an action that STS has not is refused in XML', async () => {
    const call = async (service: string, body: string) => {
      const authorization = `AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
      return (await fetch(aws.endpoint, { method: 'POST', headers: { authorization, ...form }, body })).text();
    };
    expect(await call('sts', 'Action=AssumeRole')).toContain(
      '<Code>InvalidAction</Code><Message>AssumeRole is not part',
    );
  });

  test.each([
    ['POST', '/', form],
    ['POST', '/000000000000/queue', form],
    ['GET', '/?Action=ListQueues&Version=2012-11-05', {}],
  ])('SQS in its former protocol (%s %s) is refused in XML, with the remedy', async (method, path, headers) => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0';
    const body = method === 'POST' ? 'Action=ListQueues' : null;
    const answer = await fetch(`${aws.endpoint}${path}`, { method, headers: { authorization, ...headers }, body });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'text/xml']);
    expect(await answer.text()).toMatch(
      /<Code>InvalidAction<\/Code><Message>The local SQS speaks the AWS JSON protocol alone\. Update the AWS SDK or CLI/,
    );
  });

  test('an unsigned request is told so', async () => {
    const answer = await fetch(`${aws.endpoint}/anything`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationToken');
  });
});

test('a request that breaks off in its body harms nobody', async () => {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';
  await new Promise<void>((resolve) => {
    const request = httpRequest(aws.endpoint, { method: 'POST', headers: { authorization, 'content-length': 1_000 } });
    request.on('error', () => resolve());
    request.write('{"TableName":', () => request.destroy(new Error('broken off')));
  });
  await clients.dynamodb.send(new ListTablesCommand({}));
});

test('what a long poll took for a client that has gone is given back at once', async () => {
  const QueueUrl = aws.environment.REPLAY_QUEUE_URL ?? '';
  const gone = new AbortController();
  const waiting = clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }), {
    abortSignal: gone.signal,
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  gone.abort();
  await expect(waiting).rejects.toThrow();
  await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }));
  const { Messages } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(['kept']);
});

describe('an item and its index rows are one write', () => {
  const TableName = 'indexed';
  const byOwner = async (owner: string) => {
    const request = new QueryCommand({
      TableName,
      IndexName: 'by_owner',
      KeyConditionExpression: 'owner_id = :o',
      ExpressionAttributeValues: { ':o': { S: owner } },
    });
    return (await clients.dynamodb.send(request)).Items?.map((item) => item.id?.S);
  };

  beforeAll(async () => {
    await clients.dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['id', 'owner_id'].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S' as const,
        })),
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by_owner',
            KeySchema: [{ AttributeName: 'owner_id', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
  });

  test('the index follows put, update and removal of its key', async () => {
    await clients.dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, owner_id: { S: 'ann' } } }));
    expect(await byOwner('ann')).toEqual(['a']);
    const update = (UpdateExpression: string, values?: Record<string, { S: string }>) =>
      clients.dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: 'a' } },
          UpdateExpression,
          ExpressionAttributeValues: values,
        }),
      );
    await update('SET note = :n', { ':n': { S: 'unchanged keys' } });
    expect(await byOwner('ann')).toEqual(['a']);
    await update('SET owner_id = :o', { ':o': { S: 'bob' } });
    expect(await byOwner('ann')).toEqual([]);
    expect(await byOwner('bob')).toEqual(['a']);
    await update('REMOVE owner_id');
    expect(await byOwner('bob')).toEqual([]);
  });

  test('a condition that fails leaves both as they were, and the next write is whole', async () => {
    const put = (owner: string, ConditionExpression?: string) =>
      clients.dynamodb.send(
        new PutItemCommand({ TableName, Item: { id: { S: 'b' }, owner_id: { S: owner } }, ConditionExpression }),
      );
    await put('cid');
    await expect(put('dan', 'attribute_not_exists(id)')).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
    });
    expect([await byOwner('cid'), await byOwner('dan')]).toEqual([['b'], []]);
    await put('eve');
    expect([await byOwner('cid'), await byOwner('eve')]).toEqual([[], ['b']]);
    const { Item } = await clients.dynamodb.send(new GetItemCommand({ TableName, Key: { id: { S: 'b' } } }));
    expect(Item?.owner_id?.S).toBe('eve');
  });
});

test('a table whose creation was cut short is usable after the next start', async () => {
  const other = temporaryDirectory();
  const first = await startAws({ dataDir: other.path });
  const TableName = first.environment.TABLE_NAME ?? '';
  await first.close();

  const { dbModule } = await import('./dynamodb/dynalite.ts');
  const { join } = await import('node:path');
  const store = dbModule.create({ path: join(other.path, 'dynamodb') });
  await store.db.open();
  const table = store.db.getSync(`table~${TableName}`) as { TableStatus: string };
  await new Promise<void>((resolve) =>
    store.tableDb.put(TableName, { ...table, TableStatus: 'CREATING' }, () => resolve()),
  );
  await new Promise<void>((resolve) => store.lifecycleManager.gracefulClose(() => resolve()));

  const second = await startAws({ dataDir: other.path });
  const client = clientsFor(second.endpoint).dynamodb;
  await client.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' } } }));
  await second.close();
  other.remove();
});
