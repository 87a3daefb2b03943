import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, vi } from 'vitest';

it('has 64 calls in flight at most, and answers all of a thousand', async () => {
  let inFlight = 0;
  let highest = 0;
  const server = createServer((request, response) => {
    inFlight += 1;
    highest = Math.max(highest, inFlight);
    request.resume().on('end', () =>
      setImmediate(() => {
        inFlight -= 1;
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'any');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
  const { dynamoClient } = await import('./clients.ts');
  const get = () => dynamoClient().send(new GetItemCommand({ TableName: 't', Key: { id: { S: 'x' } } }));
  const answers = await Promise.all(Array.from({ length: 1_000 }, get));
  expect(answers).toHaveLength(1_000);
  expect(highest).toBeLessThanOrEqual(64);
  expect(highest).toBeGreaterThan(8);
  dynamoClient().destroy();
  server.close();
  vi.unstubAllEnvs();
});
