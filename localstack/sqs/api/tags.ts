import type { FauxqsQueue } from '../fauxqs.ts';
import { type Operation, queueOf, type SqsContext } from './context.ts';
import { textMapOf, textsOf } from './request.ts';

/** fauxqs replaces the queue's row, and the foreign key then deletes the queue's messages. */
const store = ({ persistence }: SqsContext, { name, tags }: FauxqsQueue): void => {
  const statement = persistence.db.prepare('UPDATE sqs_queues SET tags = ? WHERE name = ?');
  statement.run(JSON.stringify(Object.fromEntries(tags)), name);
};

export const tagQueue: Operation = (context, request) => {
  const queue = queueOf(context, request);
  for (const [key, value] of Object.entries(textMapOf(request, 'Tags') ?? {})) queue.tags.set(key, value);
  store(context, queue);
  return {};
};

export const untagQueue: Operation = (context, request) => {
  const queue = queueOf(context, request);
  for (const key of textsOf(request, 'TagKeys') ?? []) queue.tags.delete(key);
  store(context, queue);
  return {};
};

export const listQueueTags: Operation = (context, request) => ({
  Tags: Object.fromEntries(queueOf(context, request).tags),
});
