import { request as httpRequest } from 'node:http';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueUrlCommand, ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { signedFor } from './testing/signature.ts';
import { clientsFor } from './testing/temporary-directory.ts';
import { useAws } from './testing/use-aws.ts';

const aws = useAws();
let clients: ReturnType<typeof clientsFor>;
beforeAll(() => {
  clients = clientsFor(aws.endpoint, 'eu-west-3');
});

describe('one endpoint', () => {
  it('serves DynamoDB, for any region and credentials', async () => {
    const { TableNames } = await clients.dynamodb.send(new ListTablesCommand({}));
    expect(TableNames).toEqual([aws.environment.TABLE_NAME]);
  });

  it('serves SQS, whose queue URLs name this endpoint', async () => {
    const { QueueUrls } = await clients.sqs.send(new ListQueuesCommand({}));
    expect(QueueUrls).toHaveLength(6);
    for (const url of QueueUrls ?? []) expect(url.startsWith(`${aws.endpoint}/000000000000/`)).toBe(true);
    const name = aws.environment.EVENT_QUEUE_URL?.split('/').at(-1) ?? '';
    const found = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    expect(found.QueueUrl).toBe(aws.environment.EVENT_QUEUE_URL);
  });

  it('serves Scheduler', async () => {
    const { Schedules } = await new SchedulerClient(clients.config).send(new ListSchedulesCommand({}));
    expect(Schedules?.map((schedule) => schedule.Name)).toEqual(['reconcile']);
  });

  it('answers GetCallerIdentity of STS', async () => {
    const signed = signedFor('sts');
    const answer = await fetch(aws.endpoint, {
      method: 'POST',
      headers: signed,
      body: 'Action=GetCallerIdentity',
    });
    expect(await answer.text()).toContain('<Account>000000000000</Account>');
  });

  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const has = 'it has dynamodb, sqs, scheduler, ses, sms-voice, kms, sts';
  it.each<[string, string, Record<string, string>, string, string]>([
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
  ])('refuses a service that it lacks in the protocol of its callers: %s', async (_, service, headers, type, start) => {
    const signed = signedFor(service);
    const answer = await fetch(aws.endpoint, { method: 'POST', headers: { ...signed, ...headers }, body: 'x' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([501, type]);
    const text = await answer.text();
    expect(text).toContain(start);
    expect(text).toContain(has);
    expect(text).toMatch(new RegExp(`no service (&quot;|\\\\?")${service}`));
  });

  it('answers an error in CBOR as a map of code and message', async () => {
    const signed = signedFor('m');
    const answer = await fetch(aws.endpoint, { headers: { ...signed, 'smithy-protocol': 'rpc-v2-cbor' } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.subarray(0, 4).toString('hex')).toBe('a2790006');
    expect(bytes.subarray(4, 10).toString()).toBe('__type');
    const length = bytes.length - bytes.indexOf('The local AWS');
    expect(bytes.readUInt16BE(bytes.indexOf('The local AWS') - 2)).toBe(length);
  });

  it('refuses an upload to a service that it lacks before the end of the body', async () => {
    const signed = signedFor('s3');
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const request = httpRequest(aws.endpoint, {
      method: 'PUT',
      path: '/bucket/key',
      headers: { ...signed, 'content-length': 100_000_000 },
    });
    request.on('response', (answer) => resolve(answer.statusCode)).on('error', reject);
    request.flushHeaders();
    expect(await promise).toBe(501);
    request.on('error', () => {}).destroy();
  });

  it('refuses another action of STS in XML', async () => {
    const call = async (service: string, body: string) => {
      const signed = signedFor(service);
      return (await fetch(aws.endpoint, { method: 'POST', headers: { ...signed, ...form }, body })).text();
    };
    expect(await call('sts', 'Action=AssumeRole')).toContain(
      '<Code>InvalidAction</Code><Message>AssumeRole is not part',
    );
  });

  it.each([
    ['POST', '/', form],
    ['POST', '/000000000000/queue', form],
    ['GET', '/?Action=ListQueues&Version=2012-11-05', {}],
  ])('refuses SQS in its former protocol (%s %s) in XML, with the remedy', async (method, path, headers) => {
    const signed = signedFor('sqs');
    const body = method === 'POST' ? 'Action=ListQueues' : null;
    const answer = await fetch(`${aws.endpoint}${path}`, { method, headers: { ...signed, ...headers }, body });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'text/xml']);
    expect(await answer.text()).toMatch(
      /<Code>InvalidAction<\/Code><Message>The local SQS speaks the AWS JSON protocol alone\. Update the AWS SDK or CLI/,
    );
  });

  it('says of an unsigned request that it is unsigned', async () => {
    const answer = await fetch(`${aws.endpoint}/anything`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationToken');
  });
});

it('survives a request that is aborted within its body', async () => {
  const signed = signedFor('dynamodb');
  await new Promise<void>((resolve) => {
    const request = httpRequest(aws.endpoint, { method: 'POST', headers: { ...signed, 'content-length': 1_000 } });
    request.on('error', () => resolve());
    request.write('{"TableName":', () => request.destroy(new Error('broken off')));
  });
  await clients.dynamodb.send(new ListTablesCommand({}));
});

it('makes a message visible again at once when the client of its long poll has gone', async () => {
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
