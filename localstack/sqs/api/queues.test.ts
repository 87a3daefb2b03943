import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  PurgeQueueInProgress,
  QueueDoesNotExist,
  QueueNameExists,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { later, useSqs } from '../use-sqs.testing.ts';

const kit = useSqs();

const create = (QueueName: string, Attributes: Record<string, string> = {}) =>
  kit.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
const refused = (QueueName: string, Attributes: Record<string, unknown> = {}) =>
  kit.refusal('CreateQueue', { QueueName, Attributes });

describe('an error', () => {
  it('has the shape of the model in the body, and the code of the query protocol in a header', async () => {
    expect(await kit.call('GetQueueUrl', { QueueName: 'none' })).toEqual({
      status: 400,
      queryError: 'AWS.SimpleQueueService.NonExistentQueue;Sender',
      body: { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'The specified queue does not exist.' },
    });
    const QueueUrl = await kit.queue();
    const wrong = { QueueUrl, ReceiptHandle: 'nonsense', VisibilityTimeout: 0 };
    expect(await kit.call('ChangeMessageVisibility', wrong)).toMatchObject({
      status: 404,
      queryError: 'ReceiptHandleIsInvalid;Sender',
      body: { __type: 'com.amazonaws.sqs#ReceiptHandleIsInvalid' },
    });
    expect(await kit.call('SendMessage', { QueueUrl })).toMatchObject({
      queryError: 'MissingParameter;Sender',
      body: { __type: 'com.amazonaws.sqs#MissingRequiredParameterException' },
    });
  });

  it('is a typed one for the SDK', async () => {
    const asked = kit.sqs.send(new GetQueueUrlCommand({ QueueName: 'none' }));
    await expect(asked).rejects.toBeInstanceOf(QueueDoesNotExist);
    await expect(asked).rejects.toMatchObject({ Code: 'AWS.SimpleQueueService.NonExistentQueue' });
  });

  it.each([
    ['an unknown operation', 'DrainQueue', {}, 'UnknownOperationException'],
    ['a body that is no JSON', 'ListQueues', '{', 'SerializationException'],
    ['a body that is no object', 'ListQueues', '[]', 'SerializationException'],
    ['a member of the wrong type', 'GetQueueUrl', { QueueName: 7 }, 'SerializationException'],
  ])('is one of the protocol for %s', async (_, action, body, code) => {
    const answer = await kit.call(action, body);
    expect([answer.status, answer.body.__type]).toEqual([400, `com.amazon.coral.service#${code}`]);
  });
});

describe('CreateQueue', () => {
  it.each(['a', 'A-b_9', 'x'.repeat(80)])('accepts the name %s', async (name) => {
    expect((await create(name)).QueueUrl).toMatch(new RegExp(`/000000000000/${name}$`));
  });

  it.each(['a.b', 'a/b', 'a b', 'x'.repeat(81), 'ü', 'queue.fifo'])('refuses the name %s', async (name) => {
    expect(await refused(name)).toMatch(/^InvalidParameterValue;Sender Queue name can only include/);
  });

  it.each(['queue', '.fifo', `${'x'.repeat(76)}.fifo`])('refuses the name %s for a FIFO queue', async (name) => {
    expect(await refused(name, { FifoQueue: 'true' })).toMatch(
      /^InvalidParameterValue;Sender The name of a FIFO queue/,
    );
  });

  it.each(['True', 'TRUE', 'true'])('accepts %s for true', async (FifoQueue) => {
    const { QueueUrl = '' } = await create(`${FifoQueue}.fifo`, { FifoQueue, ContentBasedDeduplication: FifoQueue });
    expect(await kit.attributes(QueueUrl, ['FifoQueue', 'ContentBasedDeduplication'])).toEqual({
      FifoQueue: 'true',
      ContentBasedDeduplication: 'true',
    });
  });

  it.each([
    ['DelaySeconds', '901'],
    ['DelaySeconds', '-1'],
    ['DelaySeconds', ''],
    ['DelaySeconds', '1.5'],
    ['DelaySeconds', 'soon'],
    ['VisibilityTimeout', '43201'],
    ['ReceiveMessageWaitTimeSeconds', '21'],
    ['MaximumMessageSize', '1023'],
    ['MaximumMessageSize', '1048577'],
    ['MessageRetentionPeriod', '59'],
    ['MessageRetentionPeriod', '1209601'],
    ['KmsDataKeyReusePeriodSeconds', '59'],
    ['SqsManagedSseEnabled', 'yes'],
    ['Policy', 'not JSON'],
  ])('refuses %s = "%s"', async (name, value) => {
    expect(await refused('refused', { [name]: value })).toMatch(
      new RegExp(`^InvalidAttributeValue;Sender Invalid value for the parameter ${name}`),
    );
  });

  it.each(['Colour', 'QueueArn', 'All', 'FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope'])(
    'refuses the attribute %s for a standard queue',
    async (name) => {
      expect(await refused('refused', { [name]: 'false' })).toBe(
        `InvalidAttributeName;Sender Unknown Attribute ${name}.`,
      );
    },
  );

  it('refuses two encryptions at once, and accepts one', async () => {
    const both = await refused('refused', { KmsMasterKeyId: 'alias/a', SqsManagedSseEnabled: 'true' });
    expect(both).toMatch(/^InvalidAttributeName;Sender You can use one type of server-side encryption/);
    const url = await kit.queue({ KmsMasterKeyId: 'alias/a' });
    expect((await kit.attributes(url, ['SqsManagedSseEnabled'])).SqsManagedSseEnabled).toBe('false');
  });

  it('answers an existing queue when the attributes are the same, and QueueNameExists when one differs', async () => {
    const first = await create('twice', { DelaySeconds: '1', VisibilityTimeout: '60' });
    expect(await create('twice')).toMatchObject({ QueueUrl: first.QueueUrl });
    expect(await create('twice', { DelaySeconds: '1' })).toMatchObject({ QueueUrl: first.QueueUrl });
    const different = create('twice', { DelaySeconds: '2' });
    await expect(different).rejects.toBeInstanceOf(QueueNameExists);
    await expect(different).rejects.toMatchObject({
      Code: 'QueueAlreadyExists',
      message: 'A queue already exists with the same name and a different value for attribute DelaySeconds',
    });
    await expect(create('twice', { MaximumMessageSize: '1024' })).rejects.toBeInstanceOf(QueueNameExists);
  });
});

describe('a redrive policy', () => {
  const policy = (deadLetterTargetArn: unknown, maxReceiveCount: unknown = 3) => ({
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
  });

  it.each([
    ['no JSON', { RedrivePolicy: 'x' }, 'not a valid JSON map'],
    ['no target', policy(undefined), 'mandatory attribute: deadLetterTargetArn'],
    ['no count', { RedrivePolicy: '{"deadLetterTargetArn":"x"}' }, 'mandatory attribute: maxReceiveCount'],
    ['a count of 0', policy('x', 0), 'Invalid value for maxReceiveCount: 0'],
    ['a count of 1,001', policy('x', 1_001), 'Invalid value for maxReceiveCount: 1001'],
    ['no number', policy('x', 'often'), 'Invalid value for maxReceiveCount: often'],
    ['no ARN', policy('dummy', 42), 'Invalid value for deadLetterTargetArn.'],
    ['no queue', policy('arn:aws:sqs:us-east-1:000000000000:none'), 'Dead letter target does not exist.'],
  ])('with %s is refused, by CreateQueue and by SetQueueAttributes', async (_, Attributes, reason) => {
    const created = await refused('refused', Attributes);
    expect(created).toContain('InvalidParameterValue;Sender Value');
    expect(created).toContain(reason);
    expect(await kit.refusal('SetQueueAttributes', { QueueUrl: await kit.queue(), Attributes })).toBe(created);
  });

  it('is refused for a queue of another type, and for one that its target does not allow', async () => {
    const fifo = kit.arn(await kit.queue({ FifoQueue: 'true' }));
    expect(await refused('refused', policy(fifo))).toContain('must be same type of queue');
    const closed = kit.arn(await kit.queue({ RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' }));
    expect(await refused('refused', policy(closed))).toContain('does not allow this queue');
  });

  it('makes its queue a source of the target, until it is emptied', async () => {
    const target = await kit.queue();
    const urls = [await kit.queue(policy(kit.arn(target))), await kit.queue(policy(kit.arn(target), '7'))];
    const sources = async () =>
      (await kit.sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: target }))).queueUrls;
    expect(await sources()).toEqual(urls.toSorted());
    await kit.sqs.send(new SetQueueAttributesCommand({ QueueUrl: urls[0], Attributes: { RedrivePolicy: '' } }));
    expect(await sources()).toEqual([urls[1]]);
    expect(await kit.attributes(urls[0] ?? '')).not.toHaveProperty('RedrivePolicy');
  });
});

describe('SetQueueAttributes', () => {
  it('refuses what CreateQueue refuses, and changes nothing then', async () => {
    const QueueUrl = await kit.queue();
    const Attributes = { VisibilityTimeout: '10', DelaySeconds: '901' };
    expect(await kit.refusal('SetQueueAttributes', { QueueUrl, Attributes })).toMatch(/^InvalidAttributeValue;Sender/);
    expect(await kit.attributes(QueueUrl, ['VisibilityTimeout'])).toEqual({ VisibilityTimeout: '30' });
  });

  it('does not change the type of a queue', async () => {
    const QueueUrl = await kit.queue({ FifoQueue: 'true' });
    expect(await kit.refusal('SetQueueAttributes', { QueueUrl, Attributes: { FifoQueue: 'True' } })).toBeUndefined();
    expect(await kit.refusal('SetQueueAttributes', { QueueUrl, Attributes: { FifoQueue: 'false' } })).toContain(
      'InvalidAttributeValue;Sender Invalid value for the parameter FifoQueue. Reason: Modifying queue type',
    );
  });

  it('removes a policy that is set to an empty value', async () => {
    const QueueUrl = await kit.queue({ Policy: '{}' });
    await kit.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: '' } }));
    await kit.restart();
    expect(await kit.attributes(QueueUrl)).not.toHaveProperty('Policy');
  });
});

describe('GetQueueAttributes', () => {
  const counts = async (url: string) => {
    const all = await kit.attributes(url);
    return ['', 'NotVisible', 'Delayed'].map((which) => Number(all[`ApproximateNumberOfMessages${which}`]));
  };

  it.each([
    ['standard', {}],
    ['FIFO', { FifoQueue: 'true', ContentBasedDeduplication: 'true' }],
  ])('counts what became visible since, in a %s queue without receivers', async (_, kind: object) => {
    const url = await kit.queue({ ...kind, DelaySeconds: '60', VisibilityTimeout: '30' });
    const order = 'FifoQueue' in kind ? { MessageGroupId: 'g' } : {};
    await kit.send(url, 'one', order);
    await kit.send(url, 'two', order);
    expect(await counts(url)).toEqual([0, 0, 2]);
    later(61_000);
    expect(await counts(url)).toEqual([2, 0, 0]);
    expect(await kit.receive(url)).toHaveLength(2);
    expect(await counts(url)).toEqual([0, 2, 0]);
    later(29_000);
    expect(await counts(url)).toEqual([0, 2, 0]);
    later(31_000);
    expect(await counts(url)).toEqual([2, 0, 0]);
  });

  it('counts a message that became visible after a shortened timeout', async () => {
    const url = await kit.queue({ VisibilityTimeout: '600' });
    await kit.send(url, 'long');
    await kit.send(url, 'short');
    const [, second] = await kit.receive(url);
    await counts(url);
    const shorter = { QueueUrl: url, ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 5 };
    expect(await kit.refusal('ChangeMessageVisibility', shorter)).toBeUndefined();
    later(6_000);
    expect(await counts(url)).toEqual([1, 1, 0]);
  });

  it('answers the requested attributes, and refuses unknown names', async () => {
    const QueueUrl = await kit.queue();
    expect(await kit.attributes(QueueUrl, [])).toEqual({});
    expect(await kit.attributes(QueueUrl, ['DelaySeconds'])).toEqual({ DelaySeconds: '0' });
    const asked = await kit.refusal('GetQueueAttributes', { QueueUrl, AttributeNames: ['Colour'] });
    expect(asked).toBe('InvalidAttributeName;Sender Unknown Attribute Colour.');
  });
});

describe('PurgeQueue', () => {
  it('is refused a second time within 60 seconds', async () => {
    const QueueUrl = await kit.queue();
    const purge = () => kit.sqs.send(new PurgeQueueCommand({ QueueUrl }));
    await kit.send(QueueUrl, 'gone');
    await purge();
    expect(await kit.receive(QueueUrl)).toEqual([]);
    later(59_000);
    await expect(purge()).rejects.toBeInstanceOf(PurgeQueueInProgress);
    await expect(purge()).rejects.toMatchObject({
      message: `Only one PurgeQueue operation on ${QueueUrl.split('/').at(-1)} is allowed every 60 seconds.`,
      $metadata: { httpStatusCode: 403 },
    });
    later(2_000);
    await purge();
  });

  it('clears the deduplication of a FIFO queue', async () => {
    const QueueUrl = await kit.queue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    await kit.send(QueueUrl, 'same', { MessageGroupId: 'g' });
    await kit.sqs.send(new PurgeQueueCommand({ QueueUrl }));
    await kit.send(QueueUrl, 'same', { MessageGroupId: 'g' });
    expect(await kit.receive(QueueUrl)).toHaveLength(1);
  });
});

describe('ListQueues', () => {
  it('goes page by page through the queues whose name has the beginning', async () => {
    for (const name of ['page-c', 'page-a', 'page-b']) await create(name);
    const list = async (NextToken?: string) =>
      kit.sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'page-', MaxResults: 2, NextToken }));
    const first = await list();
    const second = await list(first.NextToken);
    const names = [first, second].map(({ QueueUrls = [] }) => QueueUrls.map((url) => url.split('/').at(-1)));
    expect(names).toEqual([['page-a', 'page-b'], ['page-c']]);
    expect(second.NextToken).toBeUndefined();
    expect(await kit.refusal('ListQueues', { MaxResults: 1_001 })).toMatch(/^InvalidParameterValue;Sender Value 1001/);
  });
});

describe('tags', () => {
  it('change, and survive a restart with the messages of their queue', async () => {
    const QueueUrl = await kit.queue();
    await kit.send(QueueUrl, 'kept');
    await kit.sqs.send(new TagQueueCommand({ QueueUrl, Tags: { a: '1', b: '2' } }));
    await kit.sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['a', 'none'] }));
    await kit.restart();
    expect((await kit.sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ b: '2' });
    expect((await kit.receive(QueueUrl)).map(({ Body }) => Body)).toEqual(['kept']);
  });
});
