import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { makeSqsSender } from './sqs-sender.ts';

const MD5_OF_B = '92eb5ffee6ae2fec3ad71c777531578f';

it('sends to the endpoint that it was given, whatever host the URL of a queue names', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'any');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const target = String(request.headers['x-amz-target']);
    asked.push(target);
    const QueueUrl = 'http://sqs.us-east-1.emulator.invalid:4566/000000000000/q';
    const answer = target.endsWith('GetQueueUrl')
      ? { QueueUrl }
      : { Successful: [{ Id: '0', MD5OfMessageBody: MD5_OF_B }], Failed: [] };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sender = makeSqsSender({ endpoint, region: 'us-east-1' });
  await sender.send('arn:aws:sqs:us-east-1:000000000000:q', [{ id: '0', body: 'b' }]);
  expect(asked).toEqual(['AmazonSQS.GetQueueUrl', 'AmazonSQS.SendMessageBatch']);
  sender.close();
  server.close();
  vi.unstubAllEnvs();
});
