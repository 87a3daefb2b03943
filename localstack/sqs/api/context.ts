import { noSuchQueue } from '../errors.ts';
import type { FauxqsParts, FauxqsQueue, Persistence, QueueStore } from '../fauxqs.ts';
import { requiredTextOf, type SqsRequest } from './request.ts';

/** The store and the storage, for the operations. */
export interface SqsContext {
  fauxqs: FauxqsParts;
  store: QueueStore;
  persistence: Persistence;
  region: string;
}

export type Operation = (context: SqsContext, request: SqsRequest) => object | Promise<object>;

/** @throws SqsError when the request names no queue, or one that does not exist. */
export const queueOf = ({ store }: SqsContext, request: SqsRequest): FauxqsQueue => {
  const queue = store.getQueue(requiredTextOf(request, 'QueueUrl'));
  if (!queue) throw noSuchQueue();
  return queue;
};
