import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type ReceiveMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { beforeEach, expect, test } from 'vitest';
import { loadFauxqs } from '../fauxqs.ts';
import { later, useSqs } from '../use-sqs.testing.ts';
import { makeOrderly } from './fifo-order.ts';

const kit = useSqs();
let url: string;
beforeEach(async () => {
  url = await kit.queue({ FifoQueue: 'true', ContentBasedDeduplication: 'true', VisibilityTimeout: '30' });
});

/** `a1` is the first message of group a. */
const send = async (...names: string[]): Promise<void> => {
  for (const name of names) await kit.send(url, name, { MessageGroupId: name.charAt(0) });
};
const receive = (given: Partial<ReceiveMessageCommandInput> = {}) => kit.receive(url, given);
const names = async (given: Partial<ReceiveMessageCommandInput> = {}) => (await receive(given)).map(({ Body }) => Body);
const remove = (message: { ReceiptHandle?: string | undefined } | undefined) =>
  kit.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle }));
const hide = (message: { ReceiptHandle?: string | undefined } | undefined, VisibilityTimeout: number) =>
  kit.sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout }),
  );

test('one receive brings as many of a group as there are, in order, and then those of the next', async () => {
  await send('a1', 'b1', 'a2', 'a3');
  expect(await names()).toEqual(['a1', 'a2', 'a3', 'b1']);
});

test('a group waits while some of it is in flight', async () => {
  await send('a1', 'a2', 'a3', 'a4', 'b1', 'c1');
  expect(await names({ MaxNumberOfMessages: 2 })).toEqual(['a1', 'a2']);
  expect(await names({ MaxNumberOfMessages: 1 })).toEqual(['b1']);
  expect(await names()).toEqual(['c1']);
  expect(await names()).toEqual([]);
});

test('what was received and not deleted comes again in its order', async () => {
  await send('a1', 'a2', 'a3', 'a4', 'b1', 'c1');
  await names({ MaxNumberOfMessages: 2 });
  await names({ MaxNumberOfMessages: 1 });
  later(31_000);
  expect(await names()).toEqual(['c1', 'a1', 'a2', 'a3', 'a4', 'b1']);
});

test('a group that had its turn goes behind the others, also without a visibility timeout', async () => {
  await send('a1', 'b1', 'b2', 'c1', 'a2');
  expect(await names({ MaxNumberOfMessages: 3, VisibilityTimeout: 0 })).toEqual(['a1', 'a2', 'b1']);
  expect(await names({ VisibilityTimeout: 0 })).toEqual(['c1', 'a1', 'a2', 'b1', 'b2']);
});

test('the rest of a group comes once all of it that was in flight is deleted', async () => {
  await send('a1', 'b1', 'a2', 'b2', 'a3', 'a4', 'c1');
  const [first, second] = await receive({ MaxNumberOfMessages: 2 });
  await remove(first);
  expect(await names({ VisibilityTimeout: 0 })).toEqual(['b1', 'b2', 'c1']);
  await remove(second);
  expect((await names()).toSorted()).toEqual(['a3', 'a4', 'b1', 'b2', 'c1']);
});

test('a long poll is answered when the group becomes free', async () => {
  await send('a1', 'a2');
  const [first] = await receive({ MaxNumberOfMessages: 1 });
  const waiting = names({ WaitTimeSeconds: 20 });
  await remove(first);
  expect(await waiting).toEqual(['a2']);
});

test('a long poll goes on when more is sent to a group that is in flight', async () => {
  await send('a1');
  await receive();
  const waiting = names({ WaitTimeSeconds: 20 });
  await send('a2', 'b1');
  expect(await waiting).toEqual(['b1']);
});

test.each([
  ['terminated', 0],
  ['shortened', 1],
])('of two in flight the first comes alone when its timeout is %s', async (_, seconds) => {
  await send('a1', 'a2', 'b1', 'a3');
  const [first] = await receive({ MaxNumberOfMessages: 2 });
  await hide(first, seconds);
  later(2_000);
  expect(await names()).toEqual(['b1', 'a1']);
  expect(await names()).toEqual([]);
});

test('of two in flight the second waits for the first', async () => {
  await send('a1', 'a2');
  const [first, second] = await receive();
  await hide(second, 0);
  expect(await names()).toEqual([]);
  await hide(first, 0);
  expect(await names()).toEqual(['a1', 'a2']);
});

test('order and what is in flight survive a restart', async () => {
  await send('a1', 'a2', 'a3', 'a4');
  const [first, second] = await receive({ MaxNumberOfMessages: 2 });
  await kit.restart();
  expect(await names()).toEqual([]);
  await hide(second, 0);
  await hide(first, 0);
  expect(await names()).toEqual(['a1', 'a2', 'a3', 'a4']);
});

const makeQueue = async (attributes: object = {}) => {
  const fauxqs = await loadFauxqs();
  const all = { FifoQueue: 'true', ...attributes };
  const queue = fauxqs.makeStore().createQueue('own.fifo', 'http://local/0/own.fifo', 'arn:own.fifo', all);
  makeOrderly(queue);
  for (const sequenceNumber of ['1', '2'])
    queue.enqueue({ ...fauxqs.createMessage('x', {}, undefined, 'g'), sequenceNumber });
  return queue;
};

test('a queue whose stored redrive policy is nonsense is received from', async () => {
  const queue = await makeQueue({ RedrivePolicy: 'garbage' });
  expect(queue.dequeue(10)).toHaveLength(2);
});

test('a long poll is woken by the deletion that frees its group, not by the next check', async () => {
  const queue = await makeQueue();
  const [first] = queue.dequeue(1);
  const waiting = queue.waitForMessages(20);
  queue.deleteMessage(first?.ReceiptHandle ?? '');
  expect(queue.pollWaiters).toEqual([]);
  await waiting;
});
