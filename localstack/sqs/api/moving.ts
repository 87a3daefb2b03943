import { noSuchQueue } from '../errors.ts';
import type { FauxqsMessage, FauxqsQueue } from '../fauxqs.ts';
import type { SqsContext } from './context.ts';

/** Moves dead letters. It ends with the process: what was not moved stays. */
export interface MoveTask {
  id: string;
  source: FauxqsQueue;
  /** Undefined: each message returns to its source queue. */
  destinationArn: string | undefined;
  perSecond: number | undefined;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  /** Epoch ms. */
  startedAt: number;
  toMove: number;
  moved: number;
  failureReason: string | undefined;
}

const TICK_MS = 100;
/** A task without a rate pauses after so many, for other requests. */
const MOVED_PER_TICK_MAX = 100;

const fail = (task: MoveTask, reason: string): void => {
  task.status = 'FAILED';
  task.failureReason = reason;
};

/** A redriven message is a new one, with its own id, time and receive count. */
const moveOne = (context: SqsContext, message: FauxqsMessage, target: FauxqsQueue): void => {
  const { body, messageAttributes, messageGroupId, messageDeduplicationId, systemAttributes = {} } = message;
  const moved = context.fauxqs.createMessage(body, messageAttributes, 0, messageGroupId, messageDeduplicationId);
  const { DeadLetterQueueSourceArn: _, ...kept } = systemAttributes;
  if (Object.keys(kept).length > 0) moved.systemAttributes = kept;
  if (target.isFifo()) moved.sequenceNumber = target.nextSequenceNumber();
  context.persistence.transaction(() => {
    context.persistence.deleteMessage(message.messageId);
    target.enqueue(moved);
  });
};

/** The list of the next message; messages in flight are not moved. */
const waitingIn = (source: FauxqsQueue): FauxqsMessage[] =>
  (source.isFifo() ? [...source.fifoMessages.values()].find(({ length }) => length > 0) : source.messages) ?? [];

const moveNext = (context: SqsContext, task: MoveTask): void => {
  const waiting = waitingIn(task.source);
  const [message] = waiting;
  if (!message) {
    task.status = 'COMPLETED';
    return;
  }
  const arn = task.destinationArn ?? message.systemAttributes?.DeadLetterQueueSourceArn;
  const target = arn === undefined ? undefined : context.store.getQueueByArn(arn);
  if (!target) {
    fail(task, arn === undefined ? 'CouldNotDetermineMessageSource' : noSuchQueue().queryCode);
    return;
  }
  waiting.shift();
  moveOne(context, message, target);
  task.moved += 1;
  if (task.moved >= task.toMove) task.status = 'COMPLETED';
};

/** How many may have been moved by now. With a rate the first is moved at once. */
const dueByNow = ({ perSecond, startedAt, moved }: MoveTask): number => {
  const byRate = perSecond ? 1 + Math.floor(((Date.now() - startedAt) * perSecond) / 1_000) : Number.POSITIVE_INFINITY;
  return Math.min(moved + MOVED_PER_TICK_MAX, byRate);
};

/** Moves what is due, and schedules itself until the task has ended. */
export const runMoveTask = (context: SqsContext, task: MoveTask): void => {
  if (task.status !== 'RUNNING' || !context.persistence.db.isOpen) return;
  if (context.store.getQueueByArn(task.source.arn) !== task.source) {
    fail(task, noSuchQueue().queryCode);
    return;
  }
  task.source.processTimers();
  const until = dueByNow(task);
  while (task.status === 'RUNNING' && task.moved < until) moveNext(context, task);
  if (task.status === 'RUNNING') setTimeout(runMoveTask, task.perSecond ? TICK_MS : 0, context, task).unref();
};
