import { beforeEach, describe, expect, it } from 'vitest';
import { useFauxqs } from './fauxqs.testing.ts';
import type { FauxqsMessage, FauxqsQueue, QueueStore } from './fauxqs.ts';
import { wakeWhenDue } from './patches/poll-timer.ts';
import { makeQueueProgress } from './progress.ts';

const AHEAD_MS = 86_400_000;

const kit = useFauxqs();
let store: QueueStore;
let queue: FauxqsQueue;
let progress: ReturnType<typeof makeQueueProgress>;
beforeEach(() => {
  store = kit.fauxqs.makeStore();
  queue = kit.makeQueue('work', {}, store);
  wakeWhenDue(queue);
  progress = makeQueueProgress(store);
});

const send = (body: string, delaySeconds?: number): FauxqsMessage => kit.send(queue, body, undefined, delaySeconds);
const delayedTo = (message: { delayUntil?: number }): number => (message.delayUntil ?? Number.NaN) + AHEAD_MS;

describe('the next due time', () => {
  it('is the end of the shortest delay, by the virtual clock', () => {
    expect(progress.nextDue(AHEAD_MS)).toBeUndefined();
    send('later', 600);
    const sooner = send('sooner', 60);
    expect(progress.nextDue(AHEAD_MS)).toBe(delayedTo(sooner));
  });

  it('is the exact one that a message names, up to a second after its delay', () => {
    const message = send('{}', 60);
    message.body = JSON.stringify({ due: delayedTo(message) + 730 });
    expect(progress.nextDue(AHEAD_MS)).toBe(delayedTo(message) + 730);
    const other = send('{}', 60);
    other.body = JSON.stringify({ due: delayedTo(other) + 310 });
    expect(progress.nextDue(AHEAD_MS)).toBe(delayedTo(other) + 310);
  });

  it.each(['{"due":1}', '{"due":"soon"}', '{"due":4e15}', 'null', 'no JSON'])(
    'is within a second of the delay, whatever %s says',
    (body) => {
      const message = send(body, 60);
      const due = progress.nextDue(AHEAD_MS) ?? 0;
      expect(due).toBeGreaterThanOrEqual(delayedTo(message));
      expect(due).toBeLessThanOrEqual(delayedTo(message) + 1_000);
    },
  );

  it('may be in a FIFO queue', () => {
    const fifo = kit.makeQueue('work.fifo', { FifoQueue: 'true' }, store);
    const message = kit.send(fifo, 'first', 'group', 60);
    expect(progress.nextDue(AHEAD_MS)).toBe(delayedTo(message));
  });
});

describe('what is in progress', () => {
  const ids = () => [...progress.inProgress()];

  it('is what a consumer may receive, or has received and not deleted', () => {
    const message = send('now');
    send('later', 60);
    progress.notePoll(queue.url);
    expect(ids()).toEqual([message.messageId]);
    const [received] = queue.dequeue(10);
    expect(ids()).toEqual([message.messageId]);
    queue.deleteMessage(received?.ReceiptHandle ?? '');
    expect(ids()).toEqual([]);
  });

  it('is nothing in a queue without a consumer', () => {
    send('not received');
    expect(ids()).toEqual([]);
    expect(queue.messages).toHaveLength(1);
  });
});
