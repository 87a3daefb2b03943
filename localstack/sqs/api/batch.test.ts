import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { useSqs } from '../use-sqs.testing.ts';

const kit = useSqs();

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

describe('a batch', () => {
  const batch = (entries: { Id: unknown }[]) => entries.map((entry) => ({ MessageBody: 'x', ...entry }));
  const numbered = (count: number) => batch(Array.from({ length: count }, (_, n) => ({ Id: `${n}` })));
  const prefix = 'AWS.SimpleQueueService.';

  it.each<[string, unknown[], string]>([
    ['no entries', [], `${prefix}EmptyBatchRequest;Sender`],
    [
      'eleven',
      numbered(11),
      `${prefix}TooManyEntriesInBatchRequest;Sender Maximum number of entries per request are 10`,
    ],
    ['an empty id', batch([{ Id: '' }]), `${prefix}InvalidBatchEntryId;Sender A batch entry id can only contain`],
    ['an id of 81', batch([{ Id: 'x'.repeat(81) }]), `${prefix}InvalidBatchEntryId;Sender A batch entry id`],
    ['the id a:b', batch([{ Id: 'a:b' }]), `${prefix}InvalidBatchEntryId;Sender A batch entry id can only contain`],
    ['two equal ids', batch([{ Id: 'a' }, { Id: 'a' }]), `${prefix}BatchEntryIdsNotDistinct;Sender`],
  ])('of %s is refused, for sending, deleting and visibility', async (_, Entries, refusal) => {
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

  it('fails for each wrong entry and sends the others', async () => {
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
    const QueueUrl = await kit.queue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    const Entries = batch([{ Id: 'a' }]).concat({ Id: 'b', MessageBody: 'x' });
    expect(await kit.refusal('SendMessageBatch', { QueueUrl, Entries })).toBe(
      'InvalidParameterValue;Sender The request must contain the parameter MessageGroupId.',
    );
  });
});
