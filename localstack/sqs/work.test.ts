import { beforeEach, describe, expect, test } from 'vitest';
import { type FauxqsParts, type FauxqsQueue, loadFauxqs, type QueueStore } from './fauxqs.ts';
import { makePunctual } from './patches/poll-timer.ts';
import { makeQueueWork } from './work.ts';

const AHEAD_MS = 86_400_000;

let fauxqs: FauxqsParts;
let store: QueueStore;
let queue: FauxqsQueue;
let work: ReturnType<typeof makeQueueWork>;
beforeEach(async () => {
  fauxqs = await loadFauxqs();
  store = fauxqs.makeStore();
  queue = makeQueue('work');
  makePunctual(queue);
  work = makeQueueWork(store);
});

const makeQueue = (name: string, attributes?: object) =>
  store.createQueue(name, `http://local/0/${name}`, `arn:aws:sqs:us-east-1:0:${name}`, attributes);

const send = (body: string, delaySeconds?: number, to = queue, groupId?: string) => {
  const message = fauxqs.createMessage(body, {}, delaySeconds, groupId);
  to.enqueue(message);
  return message;
};
const delayedTo = (message: { delayUntil?: number }): number => (message.delayUntil ?? Number.NaN) + AHEAD_MS;

describe('the next due time', () => {
  test('is the end of the shortest delay, by the virtual clock', () => {
    expect(work.nextDue(AHEAD_MS)).toBeUndefined();
    send('later', 600);
    const sooner = send('sooner', 60);
    expect(work.nextDue(AHEAD_MS)).toBe(delayedTo(sooner));
  });

  test('is the exact one that a message names, which its delay rounds down by less than a second', () => {
    const message = send('{}', 60);
    message.body = JSON.stringify({ due: delayedTo(message) + 730 });
    expect(work.nextDue(AHEAD_MS)).toBe(delayedTo(message) + 730);
    const other = send('{}', 60);
    other.body = JSON.stringify({ due: delayedTo(other) + 310 });
    expect(work.nextDue(AHEAD_MS)).toBe(delayedTo(other) + 310);
  });

  test.each(['{"due":1}', '{"due":"soon"}', '{"due":4e15}', 'null', 'no JSON'])(
    'is within a second of the delay, whatever %s says',
    (body) => {
      const message = send(body, 60);
      const due = work.nextDue(AHEAD_MS) ?? 0;
      expect(due).toBeGreaterThanOrEqual(delayedTo(message));
      expect(due).toBeLessThanOrEqual(delayedTo(message) + 1_000);
    },
  );

  test('is one of a FIFO queue too', () => {
    const fifo = makeQueue('work.fifo', { FifoQueue: 'true' });
    const message = send('first', 60, fifo, 'group');
    expect(work.nextDue(AHEAD_MS)).toBe(delayedTo(message));
  });
});

describe('what is in work', () => {
  const ids = () => [...work.inWork()];

  test('is what a consumer may receive, or has received and not deleted', () => {
    const message = send('now');
    send('later', 60);
    work.notePoll(queue.url);
    expect(ids()).toEqual([message.messageId]);
    const [received] = queue.dequeue(10) as { ReceiptHandle: string }[];
    expect(ids()).toEqual([message.messageId]);
    (queue as FauxqsQueue & { deleteMessage(handle: string): void }).deleteMessage(received?.ReceiptHandle ?? '');
    expect(ids()).toEqual([]);
  });

  test('is nothing in a queue that nobody receives from', () => {
    send('for nobody');
    expect(ids()).toEqual([]);
    expect(queue.messages).toHaveLength(1);
  });
});
