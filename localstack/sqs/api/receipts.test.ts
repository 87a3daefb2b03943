import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiptHandleIsInvalid,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { later, useSqs } from '../use-sqs.testing.ts';

const kit = useSqs();

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

  it('that is malformed, or of another queue, is invalid', async () => {
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

  it('deletes for good, also over a restart', async () => {
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

  it('of an earlier version is valid while its message is in flight', async () => {
    const held = await received();
    const [ReceiptHandle = ''] = held.ReceiptHandle.split('/');
    await kit.restart();
    await kit.sqs.send(new DeleteMessageCommand({ ...held, ReceiptHandle }));
    later(11_000);
    expect(await waiting(held.QueueUrl)).toBe(0);
    expect(await kit.refusal('DeleteMessage', { ...held, ReceiptHandle })).toMatch(/^ReceiptHandleIsInvalid/);
  });

  it('of a FIFO queue is refused after its visibility timeout, also when another consumer has the message', async () => {
    const expired = await received({ FifoQueue: 'true' });
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
