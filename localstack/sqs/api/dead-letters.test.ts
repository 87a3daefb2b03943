import {
  CancelMessageMoveTaskCommand,
  DeleteQueueCommand,
  ListMessageMoveTasksCommand,
  type ListMessageMoveTasksResultEntry,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it, vi } from 'vitest';
import { waitUntil } from '../../provision/wait.ts';
import { useSqs } from '../use-sqs.testing.ts';

const kit = useSqs();

type Kind = Record<string, string>;
const FIFO: Kind = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };

/** A queue that gives up after one receive, its dead-letter queue, and as many dead letters. */
const deadLetters = async (count: number, kind: Kind = {}) => {
  const deadLetterUrl = await kit.queue(kind);
  const deadLetterArn = kit.arn(deadLetterUrl);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetterArn, maxReceiveCount: '1' });
  const addSource = async (messages: number) => {
    const url = await kit.queue({ ...kind, RedrivePolicy });
    const order = kind.FifoQueue ? { MessageGroupId: 'g' } : {};
    for (let n = 0; n < messages; n += 1) await kit.send(url, `message-${n}`, order);
    for (let n = 0; n < 2 && messages > 0; n += 1) await kit.receive(url, { VisibilityTimeout: 0 });
    return url;
  };
  return { url: await addSource(count), addSource, deadLetterUrl, deadLetterArn };
};
const bodies = async (url: string) => (await kit.receive(url)).map(({ Body }) => Body).toSorted();
const start = (SourceArn: string, given: { DestinationArn?: string; MaxNumberOfMessagesPerSecond?: number } = {}) =>
  kit.sqs.send(new StartMessageMoveTaskCommand({ SourceArn, ...given }));
const latest = async (SourceArn: string) =>
  (await kit.sqs.send(new ListMessageMoveTasksCommand({ SourceArn }))).Results?.[0];
/** Unlike vi.waitFor, it does not move the time that a test has set. */
const untilTask = (arn: string, accept: (task: ListMessageMoveTasksResultEntry) => boolean) =>
  waitUntil(
    `the move task of ${arn} is as expected`,
    () => latest(arn),
    (task) => task !== undefined && accept(task),
  );
const count = async (url: string) =>
  Number((await kit.attributes(url, ['ApproximateNumberOfMessages'])).ApproximateNumberOfMessages);

describe('a dead letter', () => {
  it.each([
    ['standard', {}],
    ['FIFO', FIFO],
  ])('of a %s queue names its source and counts receives alone, over a restart too', async (_, kind) => {
    const { url, deadLetterUrl } = await deadLetters(1, kind);
    await kit.restart();
    const [message] = await kit.receive(deadLetterUrl, { MessageSystemAttributeNames: ['All'] });
    expect(message?.Attributes).toMatchObject({
      DeadLetterQueueSourceArn: kit.arn(url),
      ApproximateReceiveCount: '2',
    });
  });
});

it.each([
  ['standard', {}],
  ['FIFO', FIFO],
])('a %s queue that is its own dead-letter queue goes on handing its message out', async (_, kind: Kind) => {
  const url = await kit.queue(kind);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: kit.arn(url), maxReceiveCount: 1 });
  await kit.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { RedrivePolicy } }));
  await kit.send(url, 'x', kind.FifoQueue ? { MessageGroupId: 'g' } : {});
  for (const receiveCount of ['1', '2', '3']) {
    const given = { VisibilityTimeout: 0, MessageSystemAttributeNames: ['All' as const] };
    const messages = await kit.receive(url, given);
    expect(messages.map(({ Attributes }) => Attributes?.ApproximateReceiveCount)).toEqual([receiveCount]);
  }
});

describe('a move task', () => {
  it('brings dead letters back to the queues that they came from, as new messages', async () => {
    const { url, addSource, deadLetterArn, deadLetterUrl } = await deadLetters(2);
    const other = await addSource(1);
    const { TaskHandle = '' } = await start(deadLetterArn);
    expect(JSON.parse(Buffer.from(TaskHandle, 'base64').toString())).toMatchObject({ sourceArn: deadLetterArn });
    await vi.waitFor(async () => expect((await latest(deadLetterArn))?.Status).toBe('COMPLETED'));
    const task = await latest(deadLetterArn);
    expect(task).toMatchObject({
      SourceArn: deadLetterArn,
      ApproximateNumberOfMessagesMoved: 3,
      ApproximateNumberOfMessagesToMove: 3,
    });
    expect([task?.TaskHandle, task?.DestinationArn]).toEqual([undefined, undefined]);
    expect(await count(deadLetterUrl)).toBe(0);
    await kit.restart();
    const moved = await kit.receive(url, { MessageSystemAttributeNames: ['All'] });
    expect(moved.map(({ Body }) => Body).toSorted()).toEqual(['message-0', 'message-1']);
    expect(moved[0]?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
    expect(moved[0]?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
    expect(await bodies(other)).toEqual(['message-0']);
  });

  it('brings them all to one queue that it names, in order', async () => {
    const { deadLetterArn, deadLetterUrl } = await deadLetters(3, FIFO);
    const to = await kit.queue(FIFO);
    await start(deadLetterArn, { DestinationArn: kit.arn(to) });
    await vi.waitFor(async () => expect((await latest(deadLetterArn))?.Status).toBe('COMPLETED'));
    expect((await kit.receive(to)).map(({ Body }) => Body)).toEqual(['message-0', 'message-1', 'message-2']);
    expect(await count(deadLetterUrl)).toBe(0);
  });

  it('keeps the rate that it was given, runs alone, and can be cancelled', async () => {
    const { deadLetterArn, deadLetterUrl, url } = await deadLetters(5);
    vi.useFakeTimers({ toFake: ['Date'] });
    const { TaskHandle } = await start(deadLetterArn, { MaxNumberOfMessagesPerSecond: 1 });
    expect(await latest(deadLetterArn)).toMatchObject({
      TaskHandle,
      Status: 'RUNNING',
      MaxNumberOfMessagesPerSecond: 1,
      ApproximateNumberOfMessagesMoved: 1,
      ApproximateNumberOfMessagesToMove: 5,
    });
    await expect(start(deadLetterArn)).rejects.toThrow('There is already a task running.');
    vi.setSystemTime(Date.now() + 1_000);
    await untilTask(deadLetterArn, ({ ApproximateNumberOfMessagesMoved: moved = 0 }) => moved > 1);
    const cancel = () => kit.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    expect(await cancel()).toMatchObject({ ApproximateNumberOfMessagesMoved: 2 });
    expect((await latest(deadLetterArn))?.Status).toBe('CANCELLED');
    await expect(cancel()).rejects.toMatchObject({ name: 'UnsupportedOperation' });
    expect([await count(deadLetterUrl), await count(url)]).toEqual([3, 2]);
    await start(deadLetterArn);
    const { Results } = await kit.sqs.send(
      new ListMessageMoveTasksCommand({ SourceArn: deadLetterArn, MaxResults: 10 }),
    );
    expect(Results).toHaveLength(2);
  });

  it('fails when its destination is gone, and when a message came from no queue', async () => {
    const gone = await deadLetters(2);
    const to = await kit.queue();
    vi.useFakeTimers({ toFake: ['Date'] });
    await start(gone.deadLetterArn, { DestinationArn: kit.arn(to), MaxNumberOfMessagesPerSecond: 1 });
    await kit.sqs.send(new DeleteQueueCommand({ QueueUrl: to }));
    vi.setSystemTime(Date.now() + 1_000);
    await untilTask(gone.deadLetterArn, ({ Status }) => Status !== 'RUNNING');
    expect(await latest(gone.deadLetterArn)).toMatchObject({
      Status: 'FAILED',
      FailureReason: 'AWS.SimpleQueueService.NonExistentQueue',
    });
    expect(await count(gone.deadLetterUrl)).toBe(1);

    const sent = await deadLetters(0);
    await kit.send(sent.deadLetterUrl, 'sent here');
    await start(sent.deadLetterArn);
    expect(await latest(sent.deadLetterArn)).toMatchObject({
      Status: 'FAILED',
      FailureReason: 'CouldNotDetermineMessageSource',
    });
    expect(await bodies(sent.deadLetterUrl)).toEqual(['sent here']);
  });

  it('is refused where AWS refuses it', async () => {
    const { deadLetterArn: SourceArn } = await deadLetters(0);
    const plain = kit.arn(await kit.queue());
    const none = 'arn:aws:sqs:us-east-1:000000000000:none';
    const refusals = async (action: string, bodies: object[]) =>
      Promise.all(bodies.map((body) => kit.refusal(action, body)));
    const toQueue = { SourceArn, DestinationArn: kit.arn(await kit.queue(FIFO)) };
    expect(
      await refusals('StartMessageMoveTask', [
        { SourceArn: none },
        { SourceArn: plain },
        { SourceArn, DestinationArn: none },
        { SourceArn, MaxNumberOfMessagesPerSecond: 501 },
        toQueue,
      ]),
    ).toEqual([
      "ResourceNotFoundException;Sender The resource that you specified for the SourceArn parameter doesn't exist.",
      'InvalidParameterValue;Sender Source queue must be configured as a Dead Letter Queue.',
      "ResourceNotFoundException;Sender The resource that you specified for the DestinationArn parameter doesn't exist.",
      expect.stringContaining('Value 501 for parameter MaxNumberOfMessagesPerSecond is invalid'),
      expect.stringContaining('queues of the same type'),
    ]);
    const handle = (sourceArn: string) =>
      Buffer.from(JSON.stringify({ taskId: '10f57157-fc38-4da9-a113-4de7e12d05dd', sourceArn })).toString('base64');
    expect(
      await refusals('CancelMessageMoveTask', [
        { TaskHandle: 'foobared' },
        { TaskHandle: handle(none) },
        { TaskHandle: handle(SourceArn) },
      ]),
    ).toEqual([
      'InvalidParameterValue;Sender Value for parameter TaskHandle is invalid.',
      "ResourceNotFoundException;Sender The resource that you specified for the SourceArn parameter doesn't exist.",
      'ResourceNotFoundException;Sender Task does not exist.',
    ]);
    expect(await refusals('ListMessageMoveTasks', [{ SourceArn: none }, { SourceArn, MaxResults: 11 }])).toEqual([
      expect.stringMatching(/^ResourceNotFoundException;Sender/),
      expect.stringMatching(/^InvalidParameterValue;Sender Value 11 for parameter MaxResults/),
    ]);
  });
});
