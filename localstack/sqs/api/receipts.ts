import { createHash } from 'node:crypto';
import { invalidValue, missingParameter, SqsError } from '../errors.ts';
import type { FauxqsQueue } from '../fauxqs.ts';
import { entriesOf, forEachEntry } from './batch.ts';
import { type Operation, queueOf } from './context.ts';
import { integerOf, requiredTextOf, type SqsRequest } from './request.ts';

export const VISIBILITY_SECONDS_MAX = 43_200;

const marks = new WeakMap<FauxqsQueue, string>();

const queueMarkOf = (queue: FauxqsQueue): string => {
  const known = marks.get(queue);
  if (known) return known;
  const mark = createHash('sha256').update(queue.name).digest('base64url').slice(0, 12);
  marks.set(queue, mark);
  return mark;
};

/** The receipt of fauxqs with message and queue, so that any other text can be refused. */
export const receiptHandleOf = (queue: FauxqsQueue, messageId: string, receipt: string): string =>
  `${receipt}/${messageId}/${queueMarkOf(queue)}`;

/** @throws SqsError when the text is not a receipt handle of the queue. */
export const readReceiptHandle = (queue: FauxqsQueue, handle: string): { receipt: string; messageId: string } => {
  // A handle of an earlier version is the receipt alone, valid while its message is in flight.
  const taken = queue.inflightMessages.get(handle);
  if (taken) return { receipt: handle, messageId: taken.message.messageId };
  const [receipt, messageId, mark] = handle.split('/');
  if (receipt && messageId && mark === queueMarkOf(queue)) return { receipt, messageId };
  throw new SqsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
};

const isVisible = (queue: FauxqsQueue, messageId: string): boolean => {
  const lists = queue.isFifo() ? [...queue.fifoMessages.values()] : [queue.messages];
  return lists.some((messages) => messages.some((message) => message.messageId === messageId));
};

/** A receipt is valid after its visibility timeout, until its message is received again. */
const removeVisible = (queue: FauxqsQueue, messageId: string): void => {
  const index = queue.messages.findIndex((message) => message.messageId === messageId);
  if (index < 0) return;
  queue.messages.splice(index, 1);
  queue.persistence?.deleteMessage(messageId);
};

/** The receipt of a message that was received once more. */
const inFlightAgain = (queue: FauxqsQueue, messageId: string): string | undefined => {
  for (const [receipt, { message }] of queue.inflightMessages) if (message.messageId === messageId) return receipt;
  return undefined;
};

/** A receipt of a FIFO queue is not valid after its visibility timeout. */
const checkNotExpired = (queue: FauxqsQueue, messageId: string, handle: string): void => {
  if (isVisible(queue, messageId) || inFlightAgain(queue, messageId))
    throw invalidValue('ReceiptHandle', handle, 'The receipt handle has expired.');
};

const remove = (queue: FauxqsQueue, request: SqsRequest): object => {
  const handle = requiredTextOf(request, 'ReceiptHandle');
  const { receipt, messageId } = readReceiptHandle(queue, handle);
  if (queue.isFifo()) queue.processTimers();
  if (queue.inflightMessages.has(receipt)) queue.deleteMessage(receipt);
  else if (!queue.isFifo()) removeVisible(queue, messageId);
  else checkNotExpired(queue, messageId, handle);
  return {};
};

const changeVisibility = (queue: FauxqsQueue, request: SqsRequest): object => {
  const handle = requiredTextOf(request, 'ReceiptHandle');
  const seconds = integerOf(request, 'VisibilityTimeout');
  if (seconds === undefined) throw missingParameter('VisibilityTimeout');
  if (seconds < 0 || seconds > VISIBILITY_SECONDS_MAX) {
    const reason = `VisibilityTimeout must be an integer between 0 and ${VISIBILITY_SECONDS_MAX}.`;
    throw invalidValue('VisibilityTimeout', seconds, reason);
  }
  const { receipt, messageId } = readReceiptHandle(queue, handle);
  queue.processTimers();
  const isInFlight = queue.inflightMessages.has(receipt);
  if (queue.isFifo() && !isInFlight) checkNotExpired(queue, messageId, handle);
  const current = isInFlight ? receipt : inFlightAgain(queue, messageId);
  if (current) queue.changeVisibility(current, seconds);
  else if (!isVisible(queue, messageId)) {
    const reason = 'Message does not exist or is not available for visibility timeout change.';
    throw invalidValue('ReceiptHandle', handle, reason);
  }
  return {};
};

const inBatches =
  (change: (queue: FauxqsQueue, entry: SqsRequest) => object): Operation =>
  (context, request) => {
    const queue = queueOf(context, request);
    const entries = entriesOf(request);
    let result = {};
    context.persistence.transaction(() => {
      result = forEachEntry(entries, (entry) => change(queue, entry));
    });
    return result;
  };

export const deleteMessage: Operation = (context, request) => remove(queueOf(context, request), request);
export const deleteMessageBatch = inBatches(remove);
export const changeMessageVisibility: Operation = (context, request) =>
  changeVisibility(queueOf(context, request), request);
export const changeMessageVisibilityBatch = inBatches(changeVisibility);
