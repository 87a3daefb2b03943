import { describe, expect, it } from 'vitest';
import { later, useSqs } from '../use-sqs.testing.ts';

const kit = useSqs();

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

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

  it('leaves a message visible with a visibility timeout of 0, and answers another receipt each time', async () => {
    const url = await kit.queue();
    await kit.send(url, 'again');
    const [first] = await kit.receive(url, { VisibilityTimeout: 0 });
    const [second] = await kit.receive(url, { MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(second?.Attributes).toEqual({ ApproximateReceiveCount: '2' });
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    expect(await kit.receive(url)).toEqual([]);
  });

  it('hides a message for the visibility timeout of the queue when it is received, not when the poll began', async () => {
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
});
