import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiptHandleIsInvalid,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { later, useSqs } from '../use-sqs.testing.ts';

const kit = useSqs();

const fifo = { FifoQueue: 'true' };
const text = (StringValue: string) => ({ DataType: 'String', StringValue });
const bodies = (messages: { Body?: string | undefined }[]) => messages.map(({ Body }) => Body);

describe('SendMessage', () => {
  it.each(['\t\n\r é \uD7FF\uE000\uFFFD', '😀 \u{10FFFF}', '"&quot;\r'])('takes the body %j', async (body) => {
    const url = await kit.queue();
    await kit.send(url, body);
    expect(bodies(await kit.receive(url))).toEqual([body]);
  });

  it.each(['\u0000', 'a\u0008', '\u0013', '\uFFFE', '\uFFFF', '\uD800'])('refuses the body %j', async (MessageBody) => {
    const QueueUrl = await kit.queue();
    expect(await kit.refusal('SendMessage', { QueueUrl, MessageBody })).toMatch(
      /^InvalidMessageContents;Sender Invalid characters found/,
    );
  });

  it.each<[string, object, string]>([
    ['no body', { MessageBody: '' }, 'MissingParameter;Sender The request must contain the parameter MessageBody.'],
    ['a delay of 901 s', { DelaySeconds: 901 }, 'Value 901 for parameter DelaySeconds is invalid. Reason:'],
    ['a delay of -1 s', { DelaySeconds: -1 }, 'Value -1 for parameter DelaySeconds is invalid. Reason:'],
    ['a group with a space', { MessageGroupId: 'a b' }, 'for parameter MessageGroupId is invalid. Reason:'],
    ['a group of 129', { MessageGroupId: 'x'.repeat(129) }, 'for parameter MessageGroupId is invalid. Reason:'],
    ['a deduplication id', { MessageDeduplicationId: 'a' }, 'not valid for this queue type'],
  ])('refuses %s', async (_, given, reason) => {
    const refusal = await kit.refusal('SendMessage', { QueueUrl: await kit.queue(), MessageBody: 'x', ...given });
    expect(refusal).toMatch(/^(InvalidParameterValue|MissingParameter);Sender /);
    expect(refusal).toContain(reason);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['empty', { a: text('') }, "'a' must contain a non-empty value of type 'String'"],
    ['empty and binary', { a: { DataType: 'Binary', BinaryValue: '' } }, "non-empty value of type 'Binary'"],
    ['without a type', { a: { StringValue: 'x' } }, 'must contain the parameter DataType'],
    ['of another type', { a: { DataType: 'Boolean', StringValue: 'x' } }, 'prefixed with "String"'],
    ['of a type too long', { a: { DataType: `String.${'x'.repeat(256)}`, StringValue: 'x' } }, 'at most 256'],
    ['a number that is none', { a: { DataType: 'Number', StringValue: 'x' } }, "Can't cast the value of message"],
    ['with invalid characters', { a: text('\u0008') }, 'Invalid characters found'],
    ['named aWs.x', { 'aWs.x': text('x') }, "names beginning with 'AWS.'"],
    ['named AMAZON.x', { 'AMAZON.x': text('x') }, "names beginning with 'AWS.'"],
    ['named .x', { '.x': text('x') }, "cannot start or end with '.'"],
    ['named x.', { 'x.': text('x') }, "cannot start or end with '.'"],
    ['named a!', { 'a!': text('x') }, 'name can only contain'],
    ['with a name too long', { ['x'.repeat(257)]: text('x') }, 'must have 1 to 256 characters'],
    [
      'the eleventh',
      Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`a${n}`, text('x')])),
      'exceeds the allowed maximum [10]',
    ],
  ])('refuses an attribute that is %s', async (_, MessageAttributes, reason) => {
    const request = { QueueUrl: await kit.queue(), MessageBody: 'x', MessageAttributes };
    const refusal = await kit.refusal('SendMessage', request);
    expect(refusal).toMatch(/^(InvalidParameterValue|MissingParameter);Sender /);
    expect(refusal).toContain(reason);
  });

  it('counts the attributes towards the size of a message', async () => {
    const QueueUrl = await kit.queue({ MaximumMessageSize: '1024' });
    const MessageAttributes = { k: text('x') };
    const fits = { QueueUrl, MessageBody: 'a'.repeat(1_016), MessageAttributes };
    expect(await kit.refusal('SendMessage', fits)).toBeUndefined();
    expect(await kit.refusal('SendMessage', { ...fits, MessageBody: 'a'.repeat(1_017) })).toBe(
      'InvalidParameterValue;Sender One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.',
    );
  });

  it('answers and keeps the trace header, which does not change the digest of the attributes', async () => {
    const url = await kit.queue();
    const attributes = { timestamp: { DataType: 'Number', StringValue: '1493147359900' } };
    const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    const plain = await kit.send(url, 'test', { MessageAttributes: attributes, DelaySeconds: 900 });
    const traced = await kit.send(url, 'test', {
      MessageAttributes: attributes,
      MessageSystemAttributes: { AWSTraceHeader: text(header) },
    });
    expect(plain.MD5OfMessageSystemAttributes).toBeUndefined();
    expect(traced.MD5OfMessageSystemAttributes).toBe('5ae4d5d7636402d80f4eb6d213245a88');
    expect(traced.MD5OfMessageAttributes).toBe(plain.MD5OfMessageAttributes);
    await kit.restart();
    const [message] = await kit.receive(url, { MessageSystemAttributeNames: ['AWSTraceHeader'] });
    expect(message?.Attributes).toEqual({ AWSTraceHeader: header });
  });

  it('wants a group and something to deduplicate by for a FIFO queue', async () => {
    const request = { QueueUrl: await kit.queue(fifo), MessageBody: 'x' };
    expect(await kit.refusal('SendMessage', { ...request, MessageDeduplicationId: 'd' })).toBe(
      'MissingParameter;Sender The request must contain the parameter MessageGroupId.',
    );
    expect(await kit.refusal('SendMessage', { ...request, MessageGroupId: 'g' })).toMatch(
      /^InvalidParameterValue;Sender The queue should either have ContentBasedDeduplication enabled or/,
    );
    const delayed = { ...request, MessageGroupId: 'g', MessageDeduplicationId: 'd', DelaySeconds: 2 };
    expect(await kit.refusal('SendMessage', delayed)).toContain('not valid for this queue type');
    expect(await kit.refusal('SendMessage', { ...delayed, DelaySeconds: 0 })).toBeUndefined();
  });

  it('answers a duplicate as the first one, by queue or by group as the queue says', async () => {
    const byQueue = await kit.queue(fifo);
    const byGroup = await kit.queue({ ...fifo, DeduplicationScope: 'messageGroup' });
    for (const [url, count] of [
      [byQueue, 1],
      [byGroup, 2],
    ] as const) {
      const send = (MessageGroupId: string) => kit.send(url, 'x', { MessageGroupId, MessageDeduplicationId: 'd' });
      const first = await send('a');
      expect(await send('a')).toMatchObject({ MessageId: first.MessageId, SequenceNumber: first.SequenceNumber });
      await send('b');
      expect(await kit.receive(url)).toHaveLength(count);
    }
  });
});

describe('a batch', () => {
  const batch = (entries: { Id: unknown }[]) => entries.map((entry) => ({ MessageBody: 'x', ...entry }));
  const numbered = (count: number) => batch(Array.from({ length: count }, (_, n) => ({ Id: `${n}` })));
  const prefix = 'AWS.SimpleQueueService.';

  it.each<[string, unknown[], string]>([
    ['nothing', [], `${prefix}EmptyBatchRequest;Sender`],
    [
      'eleven',
      numbered(11),
      `${prefix}TooManyEntriesInBatchRequest;Sender Maximum number of entries per request are 10`,
    ],
    ['an empty id', batch([{ Id: '' }]), `${prefix}InvalidBatchEntryId;Sender A batch entry id can only contain`],
    ['an id of 81', batch([{ Id: 'x'.repeat(81) }]), `${prefix}InvalidBatchEntryId;Sender A batch entry id`],
    ['the id a:b', batch([{ Id: 'a:b' }]), `${prefix}InvalidBatchEntryId;Sender A batch entry id can only contain`],
    ['two equal ids', batch([{ Id: 'a' }, { Id: 'a' }]), `${prefix}BatchEntryIdsNotDistinct;Sender`],
  ])('of %s is refused, whatever it asks for', async (_, Entries, refusal) => {
    const QueueUrl = await kit.queue();
    for (const action of ['SendMessageBatch', 'DeleteMessageBatch', 'ChangeMessageVisibilityBatch'])
      expect((await kit.refusal(action, { QueueUrl, Entries }))?.startsWith(refusal)).toBe(true);
    expect(await kit.receive(QueueUrl)).toEqual([]);
  });

  it('larger than 1 MiB is refused', async () => {
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(524_289) }));
    expect(await kit.refusal('SendMessageBatch', { QueueUrl: await kit.queue(), Entries })).toBe(
      `${prefix}BatchRequestTooLong;Sender Batch requests cannot be longer than 1048576 bytes. You have sent 1048578 bytes.`,
    );
  });

  it('fails by the entry', async () => {
    const QueueUrl = await kit.queue();
    const Entries = [
      { Id: 'fine', MessageBody: 'fine' },
      { Id: 'characters', MessageBody: '\u0001' },
      { Id: 'delay', MessageBody: 'x', DelaySeconds: 901 },
      { Id: 'attribute', MessageBody: 'x', MessageAttributes: { a: text('') } },
      { Id: 'nothing', MessageBody: undefined },
    ];
    const { Successful, Failed } = await kit.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Successful?.map(({ Id }) => Id)).toEqual(['fine']);
    expect(Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])).toEqual([
      ['characters', 'InvalidMessageContents', true],
      ['delay', 'InvalidParameterValue', true],
      ['attribute', 'InvalidParameterValue', true],
      ['nothing', 'MissingParameter', true],
    ]);
  });

  it('is refused as a whole when one entry for a FIFO queue has no group', async () => {
    const QueueUrl = await kit.queue({ ...fifo, ContentBasedDeduplication: 'true' });
    const Entries = batch([{ Id: 'a' }]).concat({ Id: 'b', MessageBody: 'x' });
    expect(await kit.refusal('SendMessageBatch', { QueueUrl, Entries })).toBe(
      'InvalidParameterValue;Sender The request must contain the parameter MessageGroupId.',
    );
  });
});

describe('ReceiveMessage', () => {
  it.each<[string, number]>([
    ['MaxNumberOfMessages', 0],
    ['MaxNumberOfMessages', 11],
    ['WaitTimeSeconds', -1],
    ['WaitTimeSeconds', 21],
    ['VisibilityTimeout', -1],
    ['VisibilityTimeout', 43_201],
  ])('refuses %s = %i', async (name, value) => {
    expect(await kit.refusal('ReceiveMessage', { QueueUrl: await kit.queue(), [name]: value })).toContain(
      `InvalidParameterValue;Sender Value ${value} for parameter ${name} is invalid. Reason: Must be`,
    );
  });

  it.each<[string[], string[], string | undefined]>([
    [[], [], undefined],
    [['All'], ['Help.Me', 'Hello', 'General'], '4c360f3fdafd970e05fae2f149d997f5'],
    [['.*'], ['Help.Me', 'Hello', 'General'], '4c360f3fdafd970e05fae2f149d997f5'],
    [['Foo', 'Help'], [], undefined],
    [['Hello', 'General'], ['Hello', 'General'], 'fca026605781cb4126a1e9044df24232'],
    [['Foo', 'Hello'], ['Hello'], 'a311262e065454b75da111d535b8dacd'],
    [['Hel.*'], ['Help.Me', 'Hello'], '83fee93c1bcd8b9a5a923ffacdc636c7'],
    [['AWS.'], [], undefined],
  ])('answers to %j the attributes %j, with the digest of these', async (MessageAttributeNames, names, digest) => {
    const url = await kit.queue();
    const MessageAttributes = { 'Help.Me': text('Me'), Hello: text('There'), General: text('Kenobi') };
    await kit.send(url, 'msg', { MessageAttributes });
    const [message] = await kit.receive(url, { MessageAttributeNames });
    expect(Object.keys(message?.MessageAttributes ?? {}).toSorted()).toEqual(names.toSorted());
    expect(message?.MD5OfMessageAttributes).toBe(digest);
    expect(message?.Attributes).toBeUndefined();
  });

  it('answers binary attributes as they were sent', async () => {
    const url = await kit.queue();
    const BinaryValue = Buffer.from('traceparent\u001e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01');
    await kit.send(url, 'test', { MessageAttributes: { attr1: { DataType: 'Binary', BinaryValue } } });
    const [message] = await kit.receive(url, { MessageAttributeNames: ['All'] });
    expect(Buffer.from(message?.MessageAttributes?.attr1?.BinaryValue ?? []).equals(BinaryValue)).toBe(true);
    expect(message?.MD5OfMessageAttributes).toBe('8cbe4db156db8a94db8b801b7addb984');
  });

  it('leaves a message visible that it receives without a visibility timeout, with another receipt each time', async () => {
    const url = await kit.queue();
    await kit.send(url, 'again');
    const [first] = await kit.receive(url, { VisibilityTimeout: 0 });
    const [second] = await kit.receive(url, { MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(second?.Attributes).toEqual({ ApproximateReceiveCount: '2' });
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    expect(await kit.receive(url)).toEqual([]);
  });
});

it('a message is invisible for the time that its queue says when it is received, not when the poll began', async () => {
  const QueueUrl = await kit.queue({ VisibilityTimeout: '600' });
  const waiting = kit.receive(QueueUrl, { WaitTimeSeconds: 20 });
  // A second receive is answered after the first has begun to wait.
  await kit.receive(QueueUrl);
  const Attributes = { VisibilityTimeout: '5' };
  expect(await kit.refusal('SetQueueAttributes', { QueueUrl, Attributes })).toBeUndefined();
  await kit.send(QueueUrl, 'x');
  expect(await waiting).toHaveLength(1);
  later(6_000);
  expect(await kit.receive(QueueUrl)).toHaveLength(1);
});

describe('a receipt handle', () => {
  const received = async (attributes: Record<string, string> = {}) => {
    const QueueUrl = await kit.queue({ VisibilityTimeout: '10', ...attributes });
    const order = attributes.FifoQueue ? { MessageGroupId: 'g', MessageDeduplicationId: 'd' } : {};
    await kit.send(QueueUrl, 'x', order);
    const [message] = await kit.receive(QueueUrl);
    return { QueueUrl, ReceiptHandle: message?.ReceiptHandle ?? '' };
  };
  const waiting = async (url: string) =>
    Number((await kit.attributes(url, ['ApproximateNumberOfMessages'])).ApproximateNumberOfMessages);

  it('that is nonsense, or of another queue, is invalid', async () => {
    const { ReceiptHandle } = await received();
    const QueueUrl = await kit.queue();
    for (const handle of ['nonsense', ReceiptHandle, 'a/b/c']) {
      const deleted = kit.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handle }));
      await expect(deleted).rejects.toBeInstanceOf(ReceiptHandleIsInvalid);
      await expect(deleted).rejects.toMatchObject({
        message: `The input receipt handle "${handle}" is not a valid receipt handle.`,
      });
    }
    const Entries = [{ Id: 'a', ReceiptHandle: 'nonsense' }];
    const { Failed } = await kit.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(Failed).toMatchObject([{ Id: 'a', Code: 'ReceiptHandleIsInvalid', SenderFault: true }]);
  });

  it('deletes after its visibility timeout, until the message is received again', async () => {
    const expired = await received();
    later(11_000);
    expect(await waiting(expired.QueueUrl)).toBe(1);
    await kit.sqs.send(new DeleteMessageCommand(expired));
    expect(await waiting(expired.QueueUrl)).toBe(0);

    const superseded = await received();
    later(11_000);
    expect(await kit.receive(superseded.QueueUrl)).toHaveLength(1);
    await kit.sqs.send(new DeleteMessageCommand(superseded));
    later(11_000);
    expect(await waiting(superseded.QueueUrl)).toBe(1);
  });

  it('stays deleted over a restart', async () => {
    const expired = await received();
    later(11_000);
    expect(await waiting(expired.QueueUrl)).toBe(1);
    await kit.sqs.send(new DeleteMessageCommand(expired));
    await kit.restart();
    expect(await waiting(expired.QueueUrl)).toBe(0);
  });

  it('works after a restart', async () => {
    const held = await received();
    await kit.restart();
    await kit.sqs.send(new DeleteMessageCommand(held));
    later(11_000);
    expect(await waiting(held.QueueUrl)).toBe(0);
  });

  it('without queue and message, as earlier versions gave it, is one while its message is in flight', async () => {
    const held = await received();
    const [ReceiptHandle = ''] = held.ReceiptHandle.split('/');
    await kit.restart();
    await kit.sqs.send(new DeleteMessageCommand({ ...held, ReceiptHandle }));
    later(11_000);
    expect(await waiting(held.QueueUrl)).toBe(0);
    expect(await kit.refusal('DeleteMessage', { ...held, ReceiptHandle })).toMatch(/^ReceiptHandleIsInvalid/);
  });

  it('of a FIFO queue is refused after its visibility timeout, also when another consumer has the message', async () => {
    const expired = await received(fifo);
    const reason = `InvalidParameterValue;Sender Value ${expired.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`;
    const checkRefused = async (): Promise<void> => {
      expect(await kit.refusal('DeleteMessage', expired)).toBe(reason);
      expect(await kit.refusal('ChangeMessageVisibility', { ...expired, VisibilityTimeout: 0 })).toBe(reason);
    };
    later(11_000);
    await checkRefused();
    expect(await waiting(expired.QueueUrl)).toBe(1);
    expect(await kit.receive(expired.QueueUrl, { VisibilityTimeout: 600 })).toHaveLength(1);
    await checkRefused();
    expect(await kit.receive(expired.QueueUrl)).toEqual([]);
  });

  it('changes visibility from 0 to 43,200 s, and changes nothing once the message is visible', async () => {
    const held = await received();
    for (const VisibilityTimeout of [-1, 43_201])
      expect(await kit.refusal('ChangeMessageVisibility', { ...held, VisibilityTimeout })).toMatch(
        /^InvalidParameterValue;Sender Value -?\d+ for parameter VisibilityTimeout is invalid/,
      );
    await kit.sqs.send(new ChangeMessageVisibilityCommand({ ...held, VisibilityTimeout: 20 }));
    later(11_000);
    expect(await waiting(held.QueueUrl)).toBe(0);
    later(11_000);
    await kit.sqs.send(new ChangeMessageVisibilityCommand({ ...held, VisibilityTimeout: 20 }));
    expect(await waiting(held.QueueUrl)).toBe(1);
  });

  it('of a deleted message changes no visibility', async () => {
    const held = await received();
    await kit.sqs.send(new DeleteMessageCommand(held));
    expect(await kit.refusal('ChangeMessageVisibility', { ...held, VisibilityTimeout: 1 })).toContain(
      'Reason: Message does not exist or is not available for visibility timeout change.',
    );
    await kit.sqs.send(new DeleteMessageCommand(held));
  });
});
