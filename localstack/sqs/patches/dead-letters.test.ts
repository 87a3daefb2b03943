import { describe, expect, it } from 'vitest';
import { useFauxqs } from '../fauxqs.testing.ts';
import type { DeadLetters, FauxqsMessage, FauxqsQueue, QueueStore } from '../fauxqs.ts';
import { deadLettersOf } from './dead-letters.ts';

const kit = useFauxqs();

/** Receives a message twice from a queue that allows one receive. */
const moveToDeadLetters = (
  deadLetters: (store: QueueStore, queue: FauxqsQueue) => DeadLetters,
): FauxqsMessage | undefined => {
  const store = kit.fauxqs.makeStore();
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:0:dead', maxReceiveCount: 1 });
  const [queue, dead] = [kit.makeQueue('work', { RedrivePolicy }, store), kit.makeQueue('dead', {}, store)];
  kit.send(queue, 'x');
  for (let n = 0; n < 2; n += 1) queue.dequeue(1, 0, deadLetters(store, queue));
  expect(dead.messages).toHaveLength(1);
  return dead.messages[0];
};

describe('a dead letter', () => {
  it('has no source and one receive too many without the patch', () => {
    const message = moveToDeadLetters((store) => (arn) => store.getQueueByArn(arn));
    expect(message?.approximateReceiveCount).toBe(2);
    expect(Object.keys(message ?? {}).join()).not.toMatch(/source|system/i);
  });

  it('names its source, and counts the receives alone', () => {
    const message = moveToDeadLetters(deadLettersOf);
    expect(message?.approximateReceiveCount).toBe(1);
    expect(message?.systemAttributes).toEqual({ DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:0:work' });
  });
});
