import type { MessageAttribute } from '../sqs/message.ts';

const PARAMETERS = new Set([
  'QueueUrl',
  'MessageBody',
  'DelaySeconds',
  'MessageGroupId',
  'MessageDeduplicationId',
  'MessageAttributes',
]);

interface SendMessageInput {
  QueueUrl: string;
  MessageBody: string;
  DelaySeconds?: number;
  MessageGroupId?: string;
  MessageDeduplicationId?: string;
  MessageAttributes?: Record<string, MessageAttribute>;
}

/**
 * The Input of the universal target sqs:sendMessage.
 * @throws Error if it is not a SendMessage request, or has an unsupported parameter
 */
export const readSendMessage = (body: string): SendMessageInput => {
  const input: unknown = JSON.parse(body);
  if (typeof input !== 'object' || input === null) throw new Error('Input is not a JSON object');
  const { QueueUrl, MessageBody, MessageAttributes } = input as Partial<SendMessageInput>;
  if (typeof QueueUrl !== 'string' || typeof MessageBody !== 'string')
    throw new Error('Input must have QueueUrl and MessageBody');
  if (!URL.canParse(QueueUrl)) throw new Error(`QueueUrl is not a URL: ${QueueUrl}`);
  const unknown = Object.keys(input).filter((name) => !PARAMETERS.has(name));
  if (unknown.length > 0) throw new Error(`Unsupported parameters: ${unknown.join(', ')}`);
  for (const [name, value] of Object.entries(MessageAttributes ?? {}))
    if (typeof value?.DataType !== 'string' || typeof (value.StringValue ?? value.BinaryValue) !== 'string')
      throw new Error(`Message attribute ${name} has no DataType or no value`);
  return input as SendMessageInput;
};
