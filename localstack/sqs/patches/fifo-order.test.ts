import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type ReceiveMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useFauxqs } from '../fauxqs.testing.ts';
import { later, useSqs } from '../use-sqs.testing.ts';
import { orderGroups } from './fifo-order.ts';

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

it('a receive answers all of a group in order, and then those of the next', async () => {
  await send('a1', 'b1', 'a2', 'a3');
  expect(await names()).toEqual(['a1', 'a2', 'a3', 'b1']);
});

it('a group waits while one of its messages is in flight', async () => {
  await send('a1', 'a2', 'a3', 'a4', 'b1', 'c1');
  expect(await names({ MaxNumberOfMessages: 2 })).toEqual(['a1', 'a2']);
  expect(await names({ MaxNumberOfMessages: 1 })).toEqual(['b1']);
  expect(await names()).toEqual(['c1']);
  expect(await names()).toEqual([]);
});

it('messages that were received and not deleted return in their order', async () => {
  await send('a1', 'a2', 'a3', 'a4', 'b1', 'c1');
  await names({ MaxNumberOfMessages: 2 });
  await names({ MaxNumberOfMessages: 1 });
  later(31_000);
  expect(await names()).toEqual(['c1', 'a1', 'a2', 'a3', 'a4', 'b1']);
});

it('a group that was received comes after the others, also with a visibility timeout of 0', async () => {
  await send('a1', 'b1', 'b2', 'c1', 'a2');
  expect(await names({ MaxNumberOfMessages: 3, VisibilityTimeout: 0 })).toEqual(['a1', 'a2', 'b1']);
  expect(await names({ VisibilityTimeout: 0 })).toEqual(['c1', 'a1', 'a2', 'b1', 'b2']);
});

it('the rest of a group is received once its messages in flight are deleted', async () => {
  await send('a1', 'b1', 'a2', 'b2', 'a3', 'a4', 'c1');
  const [first, second] = await receive({ MaxNumberOfMessages: 2 });
  await remove(first);
  expect(await names({ VisibilityTimeout: 0 })).toEqual(['b1', 'b2', 'c1']);
  await remove(second);
  expect((await names()).toSorted()).toEqual(['a3', 'a4', 'b1', 'b2', 'c1']);
});

it('a long poll is answered when the group has none in flight', async () => {
  await send('a1', 'a2');
  const [first] = await receive({ MaxNumberOfMessages: 1 });
  const waiting = names({ WaitTimeSeconds: 20 });
  await remove(first);
  expect(await waiting).toEqual(['a2']);
});

it('a long poll waits on when more is sent to a group in flight', async () => {
  await send('a1');
  await receive();
  const waiting = names({ WaitTimeSeconds: 20 });
  await send('a2', 'b1');
  expect(await waiting).toEqual(['b1']);
});

it.each([
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

it('of two in flight the second waits for the first', async () => {
  await send('a1', 'a2');
  const [first, second] = await receive();
  await hide(second, 0);
  expect(await names()).toEqual([]);
  await hide(first, 0);
  expect(await names()).toEqual(['a1', 'a2']);
});

it('order and what is in flight survive a restart', async () => {
  await send('a1', 'a2', 'a3', 'a4');
  const [first, second] = await receive({ MaxNumberOfMessages: 2 });
  await kit.restart();
  expect(await names()).toEqual([]);
  await hide(second, 0);
  await hide(first, 0);
  expect(await names()).toEqual(['a1', 'a2', 'a3', 'a4']);
});

const parts = useFauxqs();
afterEach(() => void vi.useRealTimers());

it('without the patch one message of a group is received, and several return in the wrong order', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const queue = parts.makeQueue('work.fifo', { FifoQueue: 'true' });
  for (const body of ['a1', 'a2']) parts.send(queue, body, 'a');
  expect(queue.dequeue(10)).toHaveLength(1);
  const [message] = queue.fifoMessages.get('a') ?? [];
  queue.fifoMessages.clear();
  const visibilityDeadline = Date.now() + 60_000;
  if (message) queue.inflightMessages.set('2', { message, receiptHandle: '2', visibilityDeadline });
  vi.setSystemTime(Date.now() + 61_000);
  queue.processTimers();
  expect(queue.fifoMessages.get('a')?.map(({ body }) => body)).toEqual(['a2', 'a1']);
});

const makeQueue = (attributes: object = {}) => {
  const queue = parts.makeQueue('own.fifo', { FifoQueue: 'true', ...attributes });
  orderGroups(queue);
  for (const body of ['first', 'second']) parts.send(queue, body, 'g');
  return queue;
};

it('a queue whose stored redrive policy is not JSON is received from', () => {
  const queue = makeQueue({ RedrivePolicy: 'garbage' });
  expect(queue.dequeue(10)).toHaveLength(2);
});

it('a long poll wakes at the deletion that lets its group go on, not at the next check', async () => {
  const queue = makeQueue();
  const [first] = queue.dequeue(1);
  const waiting = queue.waitForMessages(20);
  queue.deleteMessage(first?.ReceiptHandle ?? '');
  expect(queue.pollWaiters).toEqual([]);
  await waiting;
});
