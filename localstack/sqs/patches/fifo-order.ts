import { randomUUID } from 'node:crypto';
import type { DeadLetters, FauxqsMessage, FauxqsQueue, Taken } from '../fauxqs.ts';
import { redriveOf } from '../policy.ts';

const groupOf = ({ messageGroupId = '__default' }: FauxqsMessage): string => messageGroupId;
const sequenceOf = ({ sequenceNumber = '' }: FauxqsMessage): string => sequenceNumber;

/**
 * By group, the sequence number of the first message that is in flight: what comes after it has to
 * wait.
 */
const firstInFlight = ({ inflightMessages }: FauxqsQueue): Map<string, string> => {
  const first = new Map<string, string>();
  for (const { message } of inflightMessages.values()) {
    const known = first.get(groupOf(message));
    if (known === undefined || sequenceOf(message) < known) first.set(groupOf(message), sequenceOf(message));
  }
  return first;
};

/** Where a message goes that is received for the `count`th time, unless to its receiver. */
type Redrive = (count: number) => ReturnType<DeadLetters>;

/**
 * fauxqs 2.4 receives one message of a group at a time, and returns several in the wrong order. An
 * orderly queue receives many of a group; what comes after a message in flight waits. Call it
 * before the queue has messages.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export const makeOrderly = (queue: FauxqsQueue): void => {
  if (!queue.isFifo()) return;
  const processTimers = queue.processTimers.bind(queue);
  const changeVisibility = queue.changeVisibility.bind(queue);
  const deleteMessage = queue.deleteMessage.bind(queue);
  const notifyWaiters = queue.notifyWaiters.bind(queue);

  const inOrder = (giveBack: () => void): void => {
    const inFlight = queue.inflightMessages.size;
    giveBack();
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

  // fauxqs wakes for every message that is sent, also one that waits for its group.
  queue.notifyWaiters = () => {
    if (queue.pollWaiters.length > 0 && queue.hasAvailableFifoMessages()) notifyWaiters();
  };
  // fauxqs wakes before the message is gone, when its group still waits.
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
    // A message on its way to the dead letters is in one queue or the other.
    if (queue.persistence) queue.persistence.transaction(takeAll);
    else takeAll();
    return taken;
  };
};
