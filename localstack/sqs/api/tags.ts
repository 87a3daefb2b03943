import { storeTags } from '../patches/queue-tags.ts';
import { type Operation, queueOf } from './context.ts';
import { textMapOf, textsOf } from './request.ts';

export const tagQueue: Operation = (context, request) => {
  const queue = queueOf(context, request);
  for (const [key, value] of Object.entries(textMapOf(request, 'Tags') ?? {})) queue.tags.set(key, value);
  storeTags(context.persistence, queue);
  return {};
};

export const untagQueue: Operation = (context, request) => {
  const queue = queueOf(context, request);
  for (const key of textsOf(request, 'TagKeys') ?? []) queue.tags.delete(key);
  storeTags(context.persistence, queue);
  return {};
};

export const listQueueTags: Operation = (context, request) => ({
  Tags: Object.fromEntries(queueOf(context, request).tags),
});
