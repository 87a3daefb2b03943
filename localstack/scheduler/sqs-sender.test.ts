import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { makeSqsSender } from './sqs-sender.ts';

const MD5_OF_B = '92eb5ffee6ae2fec3ad71c777531578f';

it('sends to its endpoint, signed for the region of the queue, whatever host the queue URL names', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'any');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const target = String(request.headers['x-amz-target']);
    const [, region] = /Credential=[^/]+\/\d+\/([^/]+)/.exec(String(request.headers.authorization)) ?? [];
    asked.push(`${target} ${region}`);
    const QueueUrl = 'http://sqs.us-east-1.emulator.invalid:4566/000000000000/q';
    const answer = target.endsWith('GetQueueUrl')
      ? { QueueUrl }
      : { Successful: [{ Id: '0', MD5OfMessageBody: MD5_OF_B }], Failed: [] };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sender = makeSqsSender({ endpoint });
  await sender.send('arn:aws:sqs:us-east-1:000000000000:q', [{ id: '0', body: 'b' }]);
  await sender.send('arn:aws:sqs:eu-west-1:000000000000:q', [{ id: '0', body: 'b' }]);
  const calls = (region: string) => [`AmazonSQS.GetQueueUrl ${region}`, `AmazonSQS.SendMessageBatch ${region}`];
  expect(asked).toEqual([...calls('us-east-1'), ...calls('eu-west-1')]);
  sender.close();
  server.close();
  vi.unstubAllEnvs();
});
