/**
 * Mends: standard queues know no message groups, by which SQS makes them fair.
 * Why: a tenant that floods a queue would delay the notifications of all others.
 * Relies on: dequeue reads `messages` from the front; all in flight are in `inflightMessages`.
 */
import type { FauxqsMessage, FauxqsQueue } from '../fauxqs.ts';

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html,
 * "How detection works"
 */
/** A group is noisy with more than this share of what is in flight, and at least 30. */
const NOISY_SHARE = 0.1;
const NOISY_IN_FLIGHT_MIN = 30;
const RECEIVE_MAX = 10;

/** How many messages of each group are in flight. */
const countInFlight = ({ inflightMessages: inFlight }: FauxqsQueue): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  const add = (message: FauxqsMessage | undefined, by: number): void => {
    const group = message?.messageGroupId;
    if (group === undefined) return;
    const count = (counts.get(group) ?? 0) + by;
    if (count > 0) counts.set(group, count);
    else counts.delete(group);
  };
  const [set, remove, clear] = [
    inFlight.set.bind(inFlight),
    inFlight.delete.bind(inFlight),
    inFlight.clear.bind(inFlight),
  ];
  inFlight.set = (handle, entry) => {
    add(inFlight.get(handle)?.message, -1);
    add(entry.message, 1);
    return set(handle, entry);
  };
  inFlight.delete = (handle) => {
    add(inFlight.get(handle)?.message, -1);
    return remove(handle);
  };
  inFlight.clear = () => {
    counts.clear();
    clear();
  };
  return counts;
};

/**
 * For a standard queue, before it has messages. Groups that are not noisy go first, then the noisy
 * one with the fewest in flight. AWS's second measure, processing time, is left out.
 */
export const makeFair = (queue: FauxqsQueue): void => {
  if (queue.isFifo()) return;
  const counts = countInFlight(queue);
  const dequeue = queue.dequeue.bind(queue);

  const isNoisy = (count: number): boolean =>
    count >= NOISY_IN_FLIGHT_MIN && count > queue.inflightMessages.size * NOISY_SHARE;

  /** Quiet messages first, then those of the noisy group with the fewest in flight. */
  const nextMessages = (noisy: ReadonlyMap<string, number>, max: number): FauxqsMessage[] => {
    const quiet: FauxqsMessage[] = [];
    const others = new Map<string, FauxqsMessage[]>();
    for (const message of queue.messages) {
      const group = message.messageGroupId;
      if (group === undefined || !noisy.has(group)) {
        quiet.push(message);
        if (quiet.length === max) return quiet;
        continue;
      }
      const waiting = others.get(group);
      if (!waiting) others.set(group, [message]);
      else if (waiting.length < max) waiting.push(message);
    }
    const byInFlight = [...others].sort(([a], [b]) => (noisy.get(a) ?? 0) - (noisy.get(b) ?? 0));
    return [...quiet, ...byInFlight.flatMap(([, messages]) => messages)].slice(0, max);
  };

  const bringForward = (max: number): void => {
    const noisy = new Map([...counts].filter(([, count]) => isNoisy(count)));
    if (noisy.size === 0) return;
    queue.processTimers(); // may add messages that are due
    const next = nextMessages(noisy, max);
    if (next.every((message, index) => queue.messages[index] === message)) return;
    const chosen = new Set(next);
    queue.messages = [...next, ...queue.messages.filter((message) => !chosen.has(message))];
  };

  queue.dequeue = (max, ...rest) => {
    bringForward(Math.min(max, RECEIVE_MAX));
    return dequeue(max, ...rest);
  };
};
