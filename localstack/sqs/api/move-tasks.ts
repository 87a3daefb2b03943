import { randomUUID } from 'node:crypto';
import { invalidParameter, invalidValue, SqsError } from '../errors.ts';
import type { FauxqsQueue } from '../fauxqs.ts';
import type { Operation, SqsContext } from './context.ts';
import { type MoveTask, runMoveTask } from './moving.ts';
import { sourcesOf } from './redrive.ts';
import { integerOf, requiredTextOf, type SqsRequest, textOf } from './request.ts';

const PER_SECOND_MAX = 500;
const LISTED_MAX = 10;
/** The latest tasks of each dead-letter queue, the newest first. */
const tasksOf = new WeakMap<FauxqsQueue, MoveTask[]>();

const handleOf = ({ id, source }: MoveTask): string =>
  Buffer.from(JSON.stringify({ taskId: id, sourceArn: source.arn })).toString('base64');

const sourceOf = ({ store }: SqsContext, arn: string): FauxqsQueue => {
  const source = store.getQueueByArn(arn);
  if (source) return source;
  const message = "The resource that you specified for the SourceArn parameter doesn't exist.";
  throw new SqsError('ResourceNotFoundException', message);
};

const checkDestination = ({ store }: SqsContext, source: FauxqsQueue, arn: string | undefined): void => {
  if (arn === undefined) return;
  const target = store.getQueueByArn(arn);
  if (!target) {
    const message = "The resource that you specified for the DestinationArn parameter doesn't exist.";
    throw new SqsError('ResourceNotFoundException', message);
  }
  if (target.isFifo() !== source.isFifo())
    throw invalidValue('DestinationArn', arn, 'Source and destination must be queues of the same type.');
};

const perSecondOf = (request: SqsRequest): number | undefined => {
  const perSecond = integerOf(request, 'MaxNumberOfMessagesPerSecond');
  if (perSecond !== undefined && (perSecond < 1 || perSecond > PER_SECOND_MAX))
    throw invalidValue('MaxNumberOfMessagesPerSecond', perSecond, `Must be an integer from 1 to ${PER_SECOND_MAX}.`);
  return perSecond;
};

export const startMessageMoveTask: Operation = (context, request) => {
  const source = sourceOf(context, requiredTextOf(request, 'SourceArn'));
  if (sourcesOf(context.store, source).length === 0)
    throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
  const destinationArn = textOf(request, 'DestinationArn') || undefined;
  checkDestination(context, source, destinationArn);
  const perSecond = perSecondOf(request);
  const earlier = tasksOf.get(source) ?? [];
  if (earlier.some(({ status }) => status === 'RUNNING')) {
    const message = 'There is already a task running. Only one active task is allowed for a source queue arn';
    throw invalidParameter(`${message} at a given time.`);
  }
  source.processTimers();
  const toMove = Number(source.getAllAttributes(['ApproximateNumberOfMessages']).ApproximateNumberOfMessages);
  const begin = { status: 'RUNNING', startedAt: Date.now(), moved: 0, failureReason: undefined } as const;
  const task: MoveTask = { ...begin, id: randomUUID(), source, destinationArn, perSecond, toMove };
  tasksOf.set(source, [task, ...earlier].slice(0, LISTED_MAX));
  runMoveTask(context, task);
  return { TaskHandle: handleOf(task) };
};

const entryOf = (task: MoveTask): object => ({
  TaskHandle: task.status === 'RUNNING' ? handleOf(task) : undefined,
  Status: task.status,
  SourceArn: task.source.arn,
  DestinationArn: task.destinationArn,
  MaxNumberOfMessagesPerSecond: task.perSecond,
  ApproximateNumberOfMessagesMoved: task.moved,
  ApproximateNumberOfMessagesToMove: task.toMove,
  FailureReason: task.failureReason,
  StartedTimestamp: task.startedAt,
});

export const listMessageMoveTasks: Operation = (context, request) => {
  const max = integerOf(request, 'MaxResults') ?? 1;
  if (max < 1 || max > LISTED_MAX) throw invalidValue('MaxResults', max, `Must be an integer from 1 to ${LISTED_MAX}.`);
  const source = sourceOf(context, requiredTextOf(request, 'SourceArn'));
  return { Results: (tasksOf.get(source) ?? []).slice(0, max).map(entryOf) };
};

const readHandle = (handle: string): { taskId: string; sourceArn: string } => {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, 'base64').toString());
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return { taskId, sourceArn };
  } catch {
    // Not JSON: invalid, as a handle without a task.
  }
  throw invalidParameter('Value for parameter TaskHandle is invalid.');
};

export const cancelMessageMoveTask: Operation = (context, request) => {
  const { taskId, sourceArn } = readHandle(requiredTextOf(request, 'TaskHandle'));
  const task = tasksOf.get(sourceOf(context, sourceArn))?.find(({ id }) => id === taskId);
  if (!task) throw new SqsError('ResourceNotFoundException', 'Task does not exist.');
  if (task.status !== 'RUNNING') {
    const message = `Only a running task can be cancelled, and this one is ${task.status}.`;
    throw new SqsError('UnsupportedOperation', message);
  }
  task.status = 'CANCELLED';
  return { ApproximateNumberOfMessagesMoved: task.moved };
};
