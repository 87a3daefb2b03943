import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let server: Server;
const asked: string[] = [];

const use = (values: Record<string, string>): void => {
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
};

beforeEach(async () => {
  vi.resetModules();
  asked.length = 0;
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  use({ AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_REGION: 'us-east-1' });
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});
const ours = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

it('a queue whose URL names a host that does not resolve is asked at the endpoint of SQS alone', async () => {
  use({ AWS_ENDPOINT_URL: '', AWS_ENDPOINT_URL_SQS: ours() });
  const { sqsClient } = await import('../clients.ts');
  const QueueUrl = 'http://sqs.us-east-1.emulator.invalid:4566/000000000000/q';
  await sqsClient().send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  expect(asked).toEqual(['/']);
  sqsClient().destroy();
});

it.each([
  ['email', 'AWS_ENDPOINT_URL_SESV2', 'ada@example.com', '/v2/email/outbound-emails'],
  ['sms', 'AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2', '+14155550123', '/'],
] as const)('%s goes to %s, whatever AWS_ENDPOINT_URL is', async (name, variable, to, path) => {
  const queue = `${NOWHERE}/000000000000/q`;
  const names = ['DELIVERY', 'SCHEDULE', 'EVENT', 'RECONCILE', 'REPLAY', 'DEAD_LETTER'];
  use({
    ...Object.fromEntries(names.map((one) => [`${one}_QUEUE_URL`, queue])),
    TABLE_NAME: 't',
    DELIVERY_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:q',
    SCHEDULE_GROUP: 'g',
    SCHEDULE_ROLE_ARN: 'arn:aws:iam::000000000000:role/r',
    CURSOR_SECRET: 'x'.repeat(16),
    WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32).toString('base64')}`,
    AWS_ENDPOINT_URL: NOWHERE,
    [variable]: ours(),
  });
  const { channels } = await import('../../adapters.ts');
  const message = { notificationId: 'ntf_1', entityId: 'e', type: 'custom', to, subject: 's', body: 'b', data: {} };
  const signal = AbortSignal.timeout(5_000);
  const result = await channels()[name].send(message as never, { signal } as never);
  expect(result).toMatchObject({ outcome: 'sent' });
  expect(asked).toEqual([path]);
});
