import { describe, expect, it } from 'vitest';
import { useSqs } from '../use-sqs.testing.ts';

const kit = useSqs();

const fifo = { FifoQueue: 'true' };
const text = (StringValue: string) => ({ DataType: 'String', StringValue });

describe('SendMessage', () => {
  it.each(['\t\n\r é \uD7FF\uE000\uFFFD', '😀 \u{10FFFF}', '"&quot;\r'])('accepts the body %j', async (body) => {
    const url = await kit.queue();
    await kit.send(url, body);
    const received = await kit.receive(url);
    expect(received.map(({ Body }) => Body)).toEqual([body]);
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
    ['not a number', { a: { DataType: 'Number', StringValue: 'x' } }, "Can't cast the value of message"],
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

  it('answers and stores the trace header, which does not change the digest of the attributes', async () => {
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

  it('requires a group and a deduplication id for a FIFO queue', async () => {
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

  it('answers a duplicate as the first one, within the queue or the group as DeduplicationScope says', async () => {
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
