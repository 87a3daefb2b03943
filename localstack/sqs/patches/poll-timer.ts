/**
 * Mends: a waiting receive scans all delayed messages every 20 ms, and one message wakes all.
 * Why: the cost grows with what is delayed, thousands in this service.
 * Relies on: the lists of messages, pollWaiters, pollTimer, and the methods replaced below.
 */
import type { FauxqsMessage, FauxqsQueue, Taken } from '../fauxqs.ts';

/** The longest sleep of a long poll: the wall clock may jump, and timers do not follow it. */
const INFLIGHT_CHECK_MS = 200;
/**
 * Messages that become visible one after the other are found together, not each by a scan of all in
 * flight.
 */
const INFLIGHT_SCAN_PAUSE_MS = 20;
const RECEIVE_MAX = 10;

/** Index of the first message due after `time`, in a list sorted by due time. */
const firstAfter = (messages: FauxqsMessage[], time: number): number => {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.delayUntil ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** After messages were loaded, which does not sort them. */
export const sortDelayed = ({ delayedMessages }: FauxqsQueue): void => {
  delayedMessages.sort((a, b) => (a.delayUntil ?? 0) - (b.delayUntil ?? 0));
};

/** For a standard queue, before it has messages. It keeps what is delayed sorted by due time. */
export const wakeWhenDue = (queue: FauxqsQueue): void => {
  if (queue.isFifo()) return;
  /** No message in flight becomes visible before. Not known yet for what is loaded at the start. */
  let firstDeadline = Number.NEGATIVE_INFINITY;
  let wakeAt = Number.POSITIVE_INFINITY;
  let wakePlanned = false;
  const enqueue = queue.enqueue.bind(queue);
  const dequeue = queue.dequeue.bind(queue);
  const changeVisibility = queue.changeVisibility.bind(queue);

  const releaseDelayed = (now: number): void => {
    const count = firstAfter(queue.delayedMessages, now);
    if (count > 0) queue.messages.push(...queue.delayedMessages.splice(0, count));
  };

  const releaseInflight = (now: number): void => {
    if (now < firstDeadline) return;
    firstDeadline = Number.POSITIVE_INFINITY;
    for (const [handle, entry] of queue.inflightMessages) {
      if (entry.visibilityDeadline > now) {
        firstDeadline = Math.min(firstDeadline, entry.visibilityDeadline);
        continue;
      }
      queue.inflightMessages.delete(handle);
      queue.messages.push(entry.message);
    }
    firstDeadline = Math.max(firstDeadline, now + INFLIGHT_SCAN_PAUSE_MS);
  };

  const wakeWaiters = (): void => {
    wakePlanned = false;
    const count = Math.ceil(queue.messages.length / RECEIVE_MAX);
    for (const waiter of queue.pollWaiters.splice(0, count)) {
      clearTimeout(waiter.timer);
      waiter.resolve();
    }
  };

  const arm = (): void => {
    const now = Date.now();
    const first = queue.delayedMessages[0]?.delayUntil ?? Number.POSITIVE_INFINITY;
    wakeAt = Math.min(first, now + INFLIGHT_CHECK_MS);
    clearTimeout(queue.pollTimer);
    queue.pollTimer = setTimeout(tick, Math.max(1, wakeAt - now));
  };

  const tick = (): void => {
    queue.processTimers();
    if (queue.pollWaiters.length > 0) arm();
    else queue.stopPollTimerIfEmpty();
  };

  queue.processTimers = () => {
    const now = Date.now();
    releaseDelayed(now);
    releaseInflight(now);
    if (queue.messages.length > 0) queue.notifyWaiters();
  };

  // A batch that arrives message by message wakes one waiter for ten of them.
  queue.notifyWaiters = () => {
    if (wakePlanned || queue.pollWaiters.length === 0) return;
    wakePlanned = true;
    queueMicrotask(wakeWaiters);
  };

  queue.startPollTimerIfNeeded = () => {
    if (!queue.pollTimer) arm();
  };

  queue.stopPollTimerIfEmpty = () => {
    if (queue.pollWaiters.length > 0) return;
    clearTimeout(queue.pollTimer);
    queue.pollTimer = undefined;
  };

  queue.enqueue = (message) => {
    enqueue(message);
    const { delayedMessages } = queue;
    if (delayedMessages.at(-1) !== message) return;
    delayedMessages.pop();
    const due = message.delayUntil ?? 0;
    delayedMessages.splice(firstAfter(delayedMessages, due), 0, message);
    if (queue.pollTimer && due < wakeAt) arm();
  };

  queue.changeVisibility = (receipt, seconds) => {
    if (seconds > 0) firstDeadline = Math.min(firstDeadline, Date.now() + seconds * 1_000);
    changeVisibility(receipt, seconds);
  };

  queue.dequeue = (max, seconds = Number(queue.attributes.VisibilityTimeout), deadLetters) => {
    if (queue.messages.length === 0) queue.processTimers();
    if (queue.messages.length === 0) return [];
    const deadline = Date.now() + seconds * 1_000;
    let received: Taken[] = [];
    // One transaction costs a tenth of ten, and keeps a message that moves to the dead letters in
    // one of both queues.
    const take = (): void => {
      received = dequeue(max, seconds, deadLetters);
    };
    if (queue.persistence) queue.persistence.transaction(take);
    else take();
    firstDeadline = Math.min(firstDeadline, deadline);
    if (queue.messages.length > 0) queue.notifyWaiters();
    return received;
  };
};
