/** What AWS hands to a Lambda: an HTTP API request (payload 2.0), a batch from a queue. */
import { randomBytes } from 'node:crypto';
import type { ReceivedMessage } from '../../../lib/aws/queues/queue-consumer.ts';

export const postEvent = (path: string, body: unknown): Record<string, unknown> => {
  const now = new Date();
  const routeKey = `POST ${path}`;
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', host: 'localhost', 'user-agent': 'bench' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'bench',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'bench' },
      requestId: randomBytes(11).toString('base64'),
      routeKey,
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
  };
};

export const sqsEvent = (arn: string, messages: ReceivedMessage[]): Record<string, unknown> => ({
  Records: messages.map((message) => ({
    ...message,
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: 'us-east-1',
  })),
});
