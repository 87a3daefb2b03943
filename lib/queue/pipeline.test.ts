import type { SQSEvent } from 'aws-lambda';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { lambdaContext } from '../testing/http-events.ts';
import { batch, type MessageContext, type QueueHandler, rawBatch } from './pipeline.ts';

const schema = z.object({ id: z.string() });

const eventOf = (bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, index) => ({
    messageId: `m${index}`,
    receiptHandle: `r${index}`,
    body,
    attributes: {
      ApproximateReceiveCount: '3',
      SentTimestamp: '1793491200000',
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: '1793491200001',
      DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:000000000000:delivery',
      ...(index > 0 && { MessageGroupId: index > 1 ? 'acme.bulk' : 'acme' }),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:jobs',
    awsRegion: 'us-east-1',
  })),
});
const failures = async (handler: QueueHandler, bodies: string[]): Promise<string[]> =>
  (await handler(eventOf(bodies), lambdaContext(7_000))).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

it('gives every message to the handler, with what SQS says about it', async () => {
  const seen: [string, MessageContext][] = [];
  const handler = batch(schema, async ({ id }, context) => {
    seen.push([id, context]);
  });
  expect(await failures(handler, ['{"id":"a"}', '{"id":"b"}', '{"id":"c"}'])).toEqual([]);
  const [[id, context] = []] = seen;
  expect(seen.map(([, { tenant }]) => tenant)).toEqual(['default', 'acme', 'acme']);
  expect(id).toBe('a');
  expect(context).toMatchObject({
    messageId: 'm0',
    receiveCount: 3,
    queue: 'jobs',
    sourceQueue: 'delivery',
    sentAt: 1_793_491_200_000,
    rawBody: '{"id":"a"}',
  });
  expect(context?.remainingMs()).toBe(7_000);
});

it('fails alone what is not JSON, does not match, or whose handler throws', async () => {
  const handled: string[] = [];
  const handler = batch(schema, async ({ id }) => {
    if (id === 'bad') throw new Error('bad');
    handled.push(id);
  });
  const bodies = ['{"id":"a"}', 'poison', '{"id":7}', '{"id":"bad"}', '{"id":"b"}'];
  expect(await failures(handler, bodies)).toEqual(['m1', 'm2', 'm3']);
  expect(handled).toEqual(['a', 'b']);
});

it('reports a batch that failed whole, instead of throwing', async () => {
  const handler = batch(schema, () => Promise.reject(new Error('down')));
  expect(await failures(handler, ['{"id":"a"}', '{"id":"b"}'])).toEqual(['m0', 'm1']);
});

it('handles the messages of a batch side by side', async () => {
  const both = Promise.withResolvers<void>();
  let running = 0;
  const handler = batch(schema, async () => {
    running += 1;
    if (running === 2) both.resolve();
    await both.promise;
  });
  expect(await failures(handler, ['{"id":"a"}', '{"id":"b"}'])).toEqual([]);
});

it('keeps batches apart that run at once in one process', async () => {
  const slow = Promise.withResolvers<void>();
  const handler = batch(schema, async ({ id }) => {
    if (id === 'slow') await slow.promise;
    else throw new Error('fails at once');
  });
  const first = failures(handler, ['{"id":"slow"}']);
  expect(await failures(handler, ['{"id":"x"}'])).toEqual(['m0']);
  slow.resolve();
  expect(await first).toEqual([]);
});

it('gives a body of any kind to a raw handler', async () => {
  const bodies: string[] = [];
  const handler = rawBatch(async ({ rawBody }) => {
    bodies.push(rawBody);
  });
  expect(await failures(handler, ['poison', '{"id":1}'])).toEqual([]);
  expect(bodies).toEqual(['poison', '{"id":1}']);
});
