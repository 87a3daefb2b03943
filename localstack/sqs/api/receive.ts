import { accountId } from '../../http/account.ts';
import { invalidValue } from '../errors.ts';
import type { FauxqsMessage, FauxqsQueue } from '../fauxqs.ts';
import type { MessageAttribute } from '../message.ts';
import { deadLettersOf } from '../patches/dead-letters.ts';
import { type Operation, queueOf, type SqsContext } from './context.ts';
import { readReceiptHandle, receiptHandleOf, VISIBILITY_SECONDS_MAX } from './receipts.ts';
import { integerOf, type SqsRequest, textsOf } from './request.ts';

interface Limit {
  min: number;
  max: number;
  reason: string;
}

const RECEIVE_MAX = 10;
const LIMITS = {
  MaxNumberOfMessages: { min: 1, max: RECEIVE_MAX, reason: `Must be between 1 and ${RECEIVE_MAX}, if provided.` },
  VisibilityTimeout: {
    min: 0,
    max: VISIBILITY_SECONDS_MAX,
    reason: `Must be >= 0 and <= ${VISIBILITY_SECONDS_MAX}, if provided.`,
  },
  WaitTimeSeconds: { min: 0, max: 20, reason: 'Must be >= 0 and <= 20, if provided.' },
} as const satisfies Record<string, Limit>;

const limited = (request: SqsRequest, name: keyof typeof LIMITS): number | undefined => {
  const { min, max, reason } = LIMITS[name];
  const value = integerOf(request, name);
  if (value !== undefined && (value < min || value > max)) throw invalidValue(name, value, reason);
  return value;
};

const systemAttributesOf = (message: FauxqsMessage): Record<string, string | undefined> => ({
  SenderId: accountId,
  SentTimestamp: String(message.sentTimestamp),
  ApproximateReceiveCount: String(message.approximateReceiveCount),
  ApproximateFirstReceiveTimestamp: String(message.approximateFirstReceiveTimestamp),
  MessageGroupId: message.messageGroupId,
  MessageDeduplicationId: message.messageDeduplicationId,
  SequenceNumber: message.sequenceNumber,
  ...message.systemAttributes,
});

/** The entries that are asked for and have a value; undefined if there are none. */
const pick = <T>(all: Record<string, T>, isAsked: (name: string) => boolean): Record<string, T> | undefined => {
  let picked: Record<string, T> | undefined;
  for (const name of Object.keys(all)) {
    const value = all[name];
    if (value === undefined || !isAsked(name)) continue;
    picked ??= {};
    picked[name] = value;
  }
  return picked;
};

const asksSystem = (request: SqsRequest): ((name: string) => boolean) => {
  const names = new Set([
    ...(textsOf(request, 'AttributeNames') ?? []),
    ...(textsOf(request, 'MessageSystemAttributeNames') ?? []),
  ]);
  return names.has('All') ? () => true : (name) => names.has(name);
};

/** `All`, `.*`, names, and beginnings of names such as `order.*`. */
const asksAttribute = (request: SqsRequest): ((name: string) => boolean) => {
  const names = textsOf(request, 'MessageAttributeNames') ?? [];
  if (names.some((name) => name === 'All' || name === '*' || name === '.*')) return () => true;
  const beginnings = names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -2));
  return (name) => names.includes(name) || beginnings.some((beginning) => name.startsWith(beginning));
};

const presenter = ({ fauxqs }: SqsContext, queue: FauxqsQueue, request: SqsRequest) => {
  const [isSystemAsked, isAttributeAsked] = [asksSystem(request), asksAttribute(request)];
  return (receipt: string, message: FauxqsMessage) => {
    const { messageAttributes: all, md5OfMessageAttributes: md5OfAll } = message;
    const attributes = pick<MessageAttribute>(all, isAttributeAsked);
    const isWhole = attributes && Object.keys(attributes).length === Object.keys(all).length;
    return {
      MessageId: message.messageId,
      ReceiptHandle: receiptHandleOf(queue, message.messageId, receipt),
      MD5OfBody: message.md5OfBody,
      Body: message.body,
      Attributes: pick(systemAttributesOf(message), isSystemAsked),
      MessageAttributes: attributes,
      MD5OfMessageAttributes: isWhole ? md5OfAll : attributes && fauxqs.md5OfMessageAttributes(attributes),
    };
  };
};

export const receiveMessage: Operation = async (context, request) => {
  const queue = queueOf(context, request);
  const max = limited(request, 'MaxNumberOfMessages') ?? 1;
  const asked = limited(request, 'VisibilityTimeout');
  // Read when messages are received: it may be set during a long poll.
  const visibility = () => asked ?? Number(queue.attributes.VisibilityTimeout);
  const wait = limited(request, 'WaitTimeSeconds') ?? Number(queue.attributes.ReceiveMessageWaitTimeSeconds);
  const present = presenter(context, queue, request);
  const take = () => queue.dequeue(max, visibility(), deadLettersOf(context.store, queue));
  let taken = take();
  if (taken.length === 0 && wait > 0) {
    await queue.waitForMessages(wait);
    taken = take();
  }
  const Messages = taken.flatMap(({ ReceiptHandle: receipt }) => {
    const message = queue.inflightMessages.get(receipt)?.message;
    return message ? [present(receipt, message)] : [];
  });
  // With a visibility timeout of 0 they were in flight for the answer alone.
  if (visibility() === 0) for (const { ReceiptHandle } of taken) queue.changeVisibility(ReceiptHandle, 0);
  return Messages.length > 0 ? { Messages } : {};
};

/** For a client that has gone: its messages would stay invisible for the visibility timeout. */
export const makeVisible = (context: SqsContext, request: SqsRequest, answer: object): void => {
  const { Messages = [] } = answer as { Messages?: { ReceiptHandle: string }[] };
  const queue = queueOf(context, request);
  for (const { ReceiptHandle } of Messages) {
    const { receipt } = readReceiptHandle(queue, ReceiptHandle);
    const taken = queue.inflightMessages.get(receipt)?.message;
    if (taken) taken.approximateReceiveCount -= 1;
    queue.changeVisibility(receipt, 0);
  }
};
