import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { openSqs, type Sqs } from '../index.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let sqs: Sqs;
beforeEach(async () => {
  directory = temporaryDirectory();
  sqs = await openSqs({ directory: directory.path, region: 'us-east-1', port: 4566, offset: 0 });
});
afterEach(() => {
  sqs.close();
  directory.remove();
});

const call = async (action: string, request: object) => {
  const headers = { 'x-amz-target': `AmazonSQS.${action}` };
  return JSON.parse(String((await sqs.handle(headers, JSON.stringify(request), () => false)).body));
};
const queue = async (QueueName: string, Attributes: Record<string, string> = {}): Promise<void> => {
  await call('CreateQueue', { QueueName, Attributes });
};
const arn = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const bodies = async (name: string): Promise<string[]> => {
  const QueueUrl = `http://127.0.0.1:4566/000000000000/${name}`;
  const { Messages = [] } = await call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
  return Messages.map(({ Body }: { Body: string }) => Body);
};
const fifo = { FifoQueue: 'true' };

it('a message of a sender in this process waits for its delay', async () => {
  await queue('work');
  const sent = await sqs.sendBatch(arn('work'), [
    { id: '1', body: 'later', delaySeconds: 600 },
    { id: '2', body: 'now' },
  ]);
  expect(sent).toEqual({ failed: [] });
  expect(await bodies('work')).toEqual(['now']);
  expect(sqs.nextDue(0)).toBeGreaterThan(Date.now() + 500_000);
});

it('a FIFO queue stores one message of a deduplication id', async () => {
  await queue('work.fifo', fifo);
  const entry = { groupId: 'g', deduplicationId: 'd' };
  await sqs.sendBatch(arn('work.fifo'), [
    { id: '1', body: 'first', ...entry },
    { id: '2', body: 'again', ...entry },
  ]);
  expect(await bodies('work.fifo')).toEqual(['first']);
});

it('an entry that SendMessage would refuse fails, and the others are sent', async () => {
  await queue('work.fifo', { ...fifo, ContentBasedDeduplication: 'true' });
  const { failed } = await sqs.sendBatch(arn('work.fifo'), [
    { id: 'no group', body: 'x' },
    { id: 'a delay', body: 'x', groupId: 'g', delaySeconds: 1 },
    { id: 'right', body: 'right', groupId: 'g' },
  ]);
  expect(failed).toEqual([
    { id: 'no group', code: 'MissingParameter', message: 'The request must contain the parameter MessageGroupId.' },
    { id: 'a delay', code: 'InvalidParameterValue', message: expect.stringContaining('DelaySeconds') },
  ]);
  expect(await bodies('work.fifo')).toEqual(['right']);
});
