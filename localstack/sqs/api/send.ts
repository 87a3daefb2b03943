import { createHash } from 'node:crypto';
import { invalidParameter, SqsError } from '../errors.ts';
import type { FauxqsMessage, FauxqsQueue } from '../fauxqs.ts';
import type { BatchEntry, MessageAttribute } from '../message.ts';
import { entriesOf, forEachEntry } from './batch.ts';
import { type Operation, queueOf, type SqsContext } from './context.ts';
import { checkOrder, messageOf, type OutgoingMessage, sizeOf } from './message-rules.ts';
import type { SqsRequest } from './request.ts';

const BATCH_BYTES_MAX = 1_048_576;

const valuesOf = (attributes: Record<string, MessageAttribute>): Record<string, string> | undefined => {
  const values = Object.entries(attributes).map(([name, { StringValue = '' }]) => [name, StringValue]);
  return values.length > 0 ? Object.fromEntries(values) : undefined;
};

type Digests = Pick<FauxqsMessage, 'md5OfBody' | 'md5OfMessageAttributes'>;
type Sent = Digests & { messageId: string; sequenceNumber?: string | undefined };

const resultOf = ({ fauxqs }: SqsContext, outgoing: OutgoingMessage, sent: Sent) => ({
  MessageId: sent.messageId,
  MD5OfMessageBody: sent.md5OfBody,
  MD5OfMessageAttributes: sent.md5OfMessageAttributes || undefined,
  MD5OfMessageSystemAttributes: fauxqs.md5OfMessageAttributes(outgoing.systemAttributes) || undefined,
  SequenceNumber: sent.sequenceNumber,
});

const digestsOf = ({ fauxqs }: SqsContext, { body, attributes }: OutgoingMessage): Digests => ({
  md5OfBody: fauxqs.md5(body),
  md5OfMessageAttributes: fauxqs.md5OfMessageAttributes(attributes),
});

const enqueue = ({ fauxqs }: SqsContext, queue: FauxqsQueue, outgoing: OutgoingMessage): FauxqsMessage => {
  const { body, attributes, groupId, deduplicationId } = outgoing;
  const delaySeconds = outgoing.delaySeconds ?? Number(queue.attributes.DelaySeconds);
  const message = fauxqs.createMessage(body, attributes, delaySeconds, groupId, deduplicationId);
  const systemAttributes = valuesOf(outgoing.systemAttributes);
  if (systemAttributes) message.systemAttributes = systemAttributes;
  if (queue.isFifo()) message.sequenceNumber = queue.nextSequenceNumber();
  queue.enqueue(message);
  return message;
};

/** A duplicate of the last five minutes gets the first answer, and is not stored again. */
const enqueueOnce = (context: SqsContext, queue: FauxqsQueue, given: OutgoingMessage): Sent => {
  const deduplicationId = given.deduplicationId ?? createHash('sha256').update(given.body).digest('hex');
  const perGroup = queue.attributes.DeduplicationScope === 'messageGroup';
  const key = perGroup ? `${given.groupId} ${deduplicationId}` : deduplicationId;
  const { originalMessageId: messageId, originalSequenceNumber: sequenceNumber } = queue.checkDeduplication(key);
  if (messageId) return { messageId, sequenceNumber, ...digestsOf(context, given) };
  // A message of a FIFO queue has no delay of its own: 0 is accepted, and means the queue's.
  const message = enqueue(context, queue, { ...given, deduplicationId, delaySeconds: undefined });
  queue.recordDeduplication(key, message.messageId, message.sequenceNumber);
  return message;
};

const send = (context: SqsContext, queue: FauxqsQueue, request: SqsRequest): object => {
  const outgoing = messageOf(queue, request);
  const sent = queue.isFifo() ? enqueueOnce(context, queue, outgoing) : enqueue(context, queue, outgoing);
  return resultOf(context, outgoing, sent);
};

export const sendMessage: Operation = (context, request) => send(context, queueOf(context, request), request);

const checkBatch = (queue: FauxqsQueue, entries: SqsRequest[]): void => {
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (bytes > BATCH_BYTES_MAX) {
    const message = `Batch requests cannot be longer than ${BATCH_BYTES_MAX} bytes. You have sent ${bytes} bytes.`;
    throw new SqsError('BatchRequestTooLong', message);
  }
  if (!queue.isFifo()) return;
  const missing = (name: string) => invalidParameter(`The request must contain the parameter ${name}.`);
  for (const entry of entries) checkOrder(queue, entry, missing);
};

export const sendMessageBatch: Operation = (context, request) => {
  const queue = queueOf(context, request);
  const entries = entriesOf(request);
  checkBatch(queue, entries);
  let result = {};
  // One commit costs a tenth of ten.
  context.persistence.transaction(() => {
    result = forEachEntry(entries, (entry) => send(context, queue, entry));
  });
  return result;
};

const requestOf = (entry: BatchEntry): SqsRequest => ({
  Id: entry.id,
  MessageBody: entry.body,
  MessageGroupId: entry.groupId,
  MessageAttributes: entry.attributes,
  DelaySeconds: entry.delaySeconds,
  MessageDeduplicationId: entry.deduplicationId,
});

/** For senders in this process. Returns the entries that SendMessage would refuse, and why. */
export const sendEntries = (context: SqsContext, queue: FauxqsQueue, entries: readonly BatchEntry[]) => {
  let failed: { id: string; code: string; message: string }[] = [];
  context.persistence.transaction(() => {
    const { Failed } = forEachEntry(entries.map(requestOf), (request) => send(context, queue, request));
    failed = Failed.map(({ Id: id, Code: code, Message: message }) => ({ id, code, message }));
  });
  return failed;
};
