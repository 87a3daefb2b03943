import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, expect, it, vi } from 'vitest';

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
  vi.unstubAllEnvs();
});

/** The clients, each as a process has it, before a service that answers so. */
const clientsBefore = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  const server = createServer((request, response) => request.resume().on('end', () => answer(request, response)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => server.close().closeAllConnections());
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'any');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
  vi.resetModules();
  return import('./clients.ts');
};

const refusing = (status: number, type: string) => {
  const times: number[] = [];
  const answer = (_: IncomingMessage, response: ServerResponse): void => {
    times.push(performance.now());
    response.writeHead(status, { 'x-amzn-errortype': type, 'content-type': 'application/json' });
    response.end(JSON.stringify({ __type: type, message: type }));
  };
  return { times, answer };
};

it('has 64 calls in flight at most, and answers all of a thousand', async () => {
  let inFlight = 0;
  let highest = 0;
  const { dynamoClient } = await clientsBefore((_, response) => {
    inFlight += 1;
    highest = Math.max(highest, inFlight);
    setImmediate(() => {
      inFlight -= 1;
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
    });
  });
  const get = () => dynamoClient().send(new GetItemCommand({ TableName: 't', Key: { id: { S: 'x' } } }));
  const answers = await Promise.all(Array.from({ length: 1_000 }, get));
  expect(answers).toHaveLength(1_000);
  expect(highest).toBeLessThanOrEqual(64);
  expect(highest).toBeGreaterThan(8);
  dynamoClient().destroy();
});

const remove = { Name: 'ntf_1-1', GroupName: 'g' };

it('takes it for the answer of the Scheduler that an entry is not there', async () => {
  const { times, answer } = refusing(404, 'ResourceNotFoundException');
  const { schedulerClient } = await clientsBefore(answer);
  const call = schedulerClient().send(new DeleteScheduleCommand(remove));
  await expect(call).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  expect(times).toHaveLength(1);
});

it('calls a Scheduler that throttles three times, with pauses that its quota by the second needs', async () => {
  const { times, answer } = refusing(429, 'ThrottlingException');
  const { schedulerClient } = await clientsBefore(answer);
  const call = schedulerClient().send(new DeleteScheduleCommand(remove));
  await expect(call).rejects.toMatchObject({ name: 'ThrottlingException' });
  const [first = 0, second = 0, third = 0] = times;
  expect(times).toHaveLength(3);
  // Node's timers may be a millisecond early.
  expect([second - first >= 249, third - second >= 499]).toEqual([true, true]);
});

it.each([
  { what: 'that fails', calls: 2, answer: (response: ServerResponse) => response.writeHead(500).end('{}') },
  { what: 'whose connection breaks', calls: 1, answer: (response: ServerResponse) => response.destroy() },
])('makes a poll $what $calls times, and leaves the rest to the poller', async ({ calls, answer }) => {
  let made = 0;
  const { sqsPollClient } = await clientsBefore((_, response) => {
    made += 1;
    answer(response);
  });
  const poll = sqsPollClient().send(new ReceiveMessageCommand({ QueueUrl: 'http://any/000000000000/q' }));
  await expect(poll).rejects.toThrow();
  expect(made).toBe(calls);
});
