import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ConflictException, CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { attemptDirectly } from './first-attempt.ts';

interface Call {
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
  vi.unstubAllEnvs();
});

/** A service that gives each call the next of `answers`, and then the last again. */
const service = async (...answers: { status?: number; headers?: Record<string, string>; body: object }[]) => {
  const calls: Call[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    calls.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
    const { status = 200, headers, body } = answers[Math.min(calls.length, answers.length) - 1] ?? { body: {} };
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => server.close().closeAllConnections());
  return { calls, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' };
const settings = (endpoint: string) => ({ endpoint, credentials, region: 'eu-central-1', maxAttempts: 2 });

const dynamo = (endpoint: string, isFinal: (error: unknown) => boolean = () => false) => {
  const client = new DynamoDBClient({ ...settings(endpoint), cacheMiddleware: true });
  attemptDirectly(client, isFinal);
  opened.push(() => client.destroy());
  return (id: string) => client.send(new GetItemCommand({ TableName: 't', Key: { id: { S: id } } }));
};

const sqs = (changes: { endpoint?: string }) => {
  const { endpoint: _, ...others } = settings('');
  const client = new SQSClient({ ...others, ...changes, cacheMiddleware: true });
  opened.push(() => client.destroy());
  attemptDirectly(client, () => false);
  return (QueueUrl: string) => client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
};

const scheduler = (endpoint: string) => {
  const client = new SchedulerClient({ ...settings(endpoint), cacheMiddleware: true });
  opened.push(() => client.destroy());
  attemptDirectly(client, (error) => error instanceof ConflictException);
  const target = { Arn: 'arn:aws:sqs:eu-central-1:000000000000:q', RoleArn: 'arn:aws:iam::000000000000:role/r' };
  const schedule = { ScheduleExpression: 'at(2030-01-01T00:00:00)', FlexibleTimeWindow: { Mode: 'OFF' } as const };
  return (Name: string) => client.send(new CreateScheduleCommand({ Name, ...schedule, Target: target }));
};

/** Only the SDK's middleware sends it. */
const isDirect = ({ headers }: Call): boolean => headers['amz-sdk-invocation-id'] === undefined;

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** By https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. */
const signatureOf = ({ path, headers, body }: Call, signedHeaders: string[], scope: string): string => {
  const canonical = [
    ...['POST', path, ''],
    ...signedHeaders.map((name) => `${name}:${headers[name]}`),
    ...['', signedHeaders.join(';'), sha256(body)],
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  return hmac(key as Buffer, toSign).toString('hex');
};

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=AKID\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

const signatureIn = (call?: Call) => {
  if (!call) throw new Error('no call');
  const [, scope = '', names = '', signature] = AUTHORIZATION.exec(call.headers.authorization ?? '') ?? [];
  return { call, scope, names: names.split(';'), signature };
};

describe('the first attempt at a call', () => {
  it('is made without the middleware of the SDK, and answers as it does', async () => {
    const { calls, endpoint } = await service({ body: { Item: { id: { S: 'a' }, count: { N: '3' } } } });
    const { Item, $metadata } = await dynamo(endpoint)('a');
    expect(Item).toEqual({ id: { S: 'a' }, count: { N: '3' } });
    expect($metadata.httpStatusCode).toBe(200);
    expect(calls.map(isDirect)).toEqual([true]);
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({ TableName: 't', Key: { id: { S: 'a' } } });
  });

  it('is signed with the credentials, region and service of the client', async () => {
    const { calls, endpoint } = await service({ body: {} });
    await dynamo(endpoint)('a');
    const { call, scope, names, signature } = signatureIn(calls[0]);
    expect(scope).toMatch(/^\d{8}\/eu-central-1\/dynamodb\/aws4_request$/);
    expect(names).toEqual(expect.arrayContaining(['host', 'x-amz-date', 'x-amz-target']));
    expect(signature).toBe(signatureOf(call, names, scope));
    expect(call.headers['x-amz-security-token']).toBe('session');
  });

  it('that fails is repeated by the SDK', async () => {
    const { calls, endpoint } = await service({ status: 500, body: {} }, { body: { Item: { id: { S: 'a' } } } });
    expect((await dynamo(endpoint)('a')).Item).toEqual({ id: { S: 'a' } });
    expect(calls.map(isDirect)).toEqual([true, false]);
  });

  it('that fails with the answer of the call is not repeated', async () => {
    const body = { __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'no such table' };
    const { calls, endpoint } = await service({ status: 400, body });
    const isFinal = (error: unknown): boolean => (error as Error).name === 'ResourceNotFoundException';
    await expect(dynamo(endpoint, isFinal)('a')).rejects.toMatchObject({ message: 'no such table' });
    expect(calls).toHaveLength(1);
  });

  it('goes by the time of the service, once the SDK knows that this clock is wrong', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const body = { __type: 'com.amazon.coral.service#RequestTimeTooSkewed', message: 'Signature expired' };
    const skewed = { status: 403, headers: { date }, body };
    const { calls, endpoint } = await service(skewed, skewed, { headers: { date }, body: {} });
    const get = dynamo(endpoint);
    await get('a');
    await get('b');
    const hour = (call?: Call): string => String(call?.headers['x-amz-date']).slice(0, 'yyyymmddThh'.length);
    const expected = new Date(date).toISOString().replaceAll('-', '').slice(0, 'yyyymmddThh'.length);
    expect(calls.map(isDirect)).toEqual([true, false, false, true]);
    expect(hour(calls[0])).not.toBe(expected);
    expect(hour(calls[3])).toBe(expected);
  });

  it('of SQS goes to the endpoint of the client, whatever host the URL of the queue has', async () => {
    const { calls, endpoint } = await service({ body: { MessageId: 'm', MD5OfMessageBody: 'any' } });
    const QueueUrl = 'http://elsewhere.example/000000000000/q';
    await sqs({ endpoint })(QueueUrl);
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({ QueueUrl, MessageBody: 'hello' });
    expect(calls[0]?.headers.authorization).toContain('/eu-central-1/sqs/aws4_request');
  });

  it('of SQS goes where the URL of the queue says, as with a VPC endpoint, when the client has no endpoint', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', '');
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', '');
    const { calls, endpoint } = await service({ body: { MessageId: 'm', MD5OfMessageBody: 'any' } });
    await sqs({})(`${endpoint}/000000000000/q`);
    expect(calls.map(isDirect)).toEqual([true]);
    expect(calls[0]?.headers.host).toBe(new URL(endpoint).host);
  });

  it('of the Scheduler is signed by its path, and a conflict is its answer', async () => {
    const conflict = { status: 409, headers: { 'x-amzn-errortype': 'ConflictException' }, body: { Message: 'exists' } };
    const { calls, endpoint } = await service({ body: { ScheduleArn: 'arn' } }, conflict);
    const create = scheduler(endpoint);
    expect((await create('ntf_1-2')).ScheduleArn).toBe('arn');
    await expect(create('ntf_1-2')).rejects.toBeInstanceOf(ConflictException);
    expect(calls.map((call) => [call.path, isDirect(call)])).toEqual([
      ['/schedules/ntf_1-2', true],
      ['/schedules/ntf_1-2', true],
    ]);
    const { call, scope, names, signature } = signatureIn(calls[0]);
    expect(scope).toMatch(/\/scheduler\/aws4_request$/);
    expect(signature).toBe(signatureOf(call, names, scope));
    expect(JSON.parse(call.body)).toMatchObject({ ScheduleExpression: 'at(2030-01-01T00:00:00)' });
  });

  it('says in a Lambda function which invocation it is of', async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'deliver');
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1');
    const { calls, endpoint } = await service({ body: {} });
    await dynamo(endpoint)('a');
    expect(calls[0]?.headers['x-amzn-trace-id']).toBe('Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1');
  });

  it('ends when its signal aborts, and is not repeated', async () => {
    const calls: string[] = [];
    const silent = createServer((request) => void calls.push(request.url ?? '')).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    opened.push(() => silent.close().closeAllConnections());
    const client = new DynamoDBClient(settings(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`));
    attemptDirectly(client, () => false);
    const giveUp = new AbortController();
    silent.once('request', () => giveUp.abort());
    const command = new GetItemCommand({ TableName: 't', Key: { id: { S: 'a' } } });
    await expect(client.send(command, { abortSignal: giveUp.signal })).rejects.toThrow('aborted');
    expect(calls).toHaveLength(1);
    client.destroy();
  });
});
