/**
 * Mends: one message of a FIFO group is received at a time; several return in the wrong order.
 * Why: SQS answers many of a group in order, and none after a message in flight.
 * Relies on: fifoMessages by group, inflightMessages, and the methods that are replaced below.
 */
import { randomUUID } from 'node:crypto';
import type { DeadLetters, FauxqsMessage, FauxqsQueue, Taken } from '../fauxqs.ts';
import { redriveOf } from '../policy.ts';

const groupOf = ({ messageGroupId = '__default' }: FauxqsMessage): string => messageGroupId;
const sequenceOf = ({ sequenceNumber = '' }: FauxqsMessage): string => sequenceNumber;

/** By group, the sequence number of the first message in flight: later ones wait. */
const firstInFlight = ({ inflightMessages }: FauxqsQueue): Map<string, string> => {
  const first = new Map<string, string>();
  for (const { message } of inflightMessages.values()) {
    const known = first.get(groupOf(message));
    if (known === undefined || sequenceOf(message) < known) first.set(groupOf(message), sequenceOf(message));
  }
  return first;
};

/** The dead-letter queue, if a message that is received for the `count`th time belongs there. */
type Redrive = (count: number) => ReturnType<DeadLetters>;

/**
 * For a FIFO queue, before it has messages.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export const orderGroups = (queue: FauxqsQueue): void => {
  if (!queue.isFifo()) return;
  const processTimers = queue.processTimers.bind(queue);
  const changeVisibility = queue.changeVisibility.bind(queue);
  const deleteMessage = queue.deleteMessage.bind(queue);
  const notifyWaiters = queue.notifyWaiters.bind(queue);

  const inOrder = (returnMessages: () => void): void => {
    const inFlight = queue.inflightMessages.size;
    returnMessages();
    if (queue.inflightMessages.size === inFlight) return;
    for (const messages of queue.fifoMessages.values())
      messages.sort((a, b) => (sequenceOf(a) < sequenceOf(b) ? -1 : 1));
  };

  const nextOf = (messages: FauxqsMessage[], waitsFrom: string | undefined): FauxqsMessage | undefined => {
    const [next] = messages;
    return next && (waitsFrom === undefined || sequenceOf(next) < waitsFrom) ? next : undefined;
  };

  const takeOut = (message: FauxqsMessage, visibilityDeadline: number): Taken => {
    const receiptHandle = randomUUID();
    queue.inflightMessages.set(receiptHandle, { message, receiptHandle, visibilityDeadline });
    const { messageId, approximateReceiveCount: count, approximateFirstReceiveTimestamp: first } = message;
    queue.persistence?.updateMessageInflight(messageId, receiptHandle, visibilityDeadline, count, first);
    return { ReceiptHandle: receiptHandle };
  };

  /** @returns undefined when the message went to the dead letters. */
  const receive = (message: FauxqsMessage, deadline: number, deadLettersFrom: Redrive): Taken | undefined => {
    message.approximateReceiveCount += 1;
    message.approximateFirstReceiveTimestamp ??= Date.now();
    const target = deadLettersFrom(message.approximateReceiveCount);
    if (!target) return takeOut(message, deadline);
    queue.persistence?.deleteMessage(message.messageId);
    target.enqueue(message);
    return undefined;
  };

  const take = (max: number, deadline: number, deadLetters?: DeadLetters): Taken[] => {
    const taken: Taken[] = [];
    const { maxReceiveCount, deadLetterTargetArn } = redriveOf(queue);
    const deadLettersFrom: Redrive = (count) =>
      count > maxReceiveCount ? deadLetters?.(deadLetterTargetArn) : undefined;
    const inFlight = firstInFlight(queue);
    let groupsLeft = queue.fifoMessages.size;
    for (const [group, messages] of queue.fifoMessages) {
      if (groupsLeft === 0 || taken.length === max) break;
      groupsLeft -= 1;
      const waitsFrom = inFlight.get(group);
      if (messages.length === 0 && waitsFrom === undefined) queue.fifoMessages.delete(group);
      if (!nextOf(messages, waitsFrom)) continue;
      queue.fifoMessages.delete(group);
      queue.fifoMessages.set(group, messages);
      for (let next = nextOf(messages, waitsFrom); next && taken.length < max; next = nextOf(messages, waitsFrom)) {
        messages.shift();
        const one = receive(next, deadline, deadLettersFrom);
        if (one) taken.push(one);
      }
    }
    return taken;
  };

  // fauxqs wakes a poll for every message that is sent, also for one that its group holds back.
  queue.notifyWaiters = () => {
    if (queue.pollWaiters.length > 0 && queue.hasAvailableFifoMessages()) notifyWaiters();
  };
  // fauxqs wakes polls before the message is deleted, when its group is still held back.
  queue.deleteMessage = (receipt) => {
    const isDeleted = deleteMessage(receipt);
    queue.notifyWaiters();
    return isDeleted;
  };
  queue.processTimers = () => inOrder(processTimers);
  queue.changeVisibility = (receipt, seconds) => inOrder(() => changeVisibility(receipt, seconds));

  queue.hasAvailableFifoMessages = () => {
    const inFlight = firstInFlight(queue);
    return [...queue.fifoMessages].some(([group, messages]) => nextOf(messages, inFlight.get(group)) !== undefined);
  };

  queue.dequeue = (max, seconds = Number(queue.attributes.VisibilityTimeout), deadLetters) => {
    queue.processTimers();
    let taken: Taken[] = [];
    const takeAll = (): void => {
      taken = take(max, Date.now() + seconds * 1_000, deadLetters);
    };
    // A message that moves to the dead letters is in one of both queues.
    if (queue.persistence) queue.persistence.transaction(takeAll);
    else takeAll();
    return taken;
  };
};
