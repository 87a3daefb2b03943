import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { loadFauxqs } from '../fauxqs.ts';
import { expireMessages } from './delays.ts';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

test('a message older than its queue keeps them is gone, from memory and from disk', async () => {
  const fauxqs = await loadFauxqs();
  const open = () => {
    const store = fauxqs.makeStore();
    const persistence = fauxqs.openPersistence(directory.path);
    persistence.loadSqsQueues(store);
    store.persistence = persistence;
    return { store, persistence };
  };
  const first = open();
  const attributes = { MessageRetentionPeriod: '60' };
  const queue = first.store.createQueue('short', 'http://local/0/short', 'arn:aws:sqs:us-east-1:0:short', attributes);
  queue.enqueue(fauxqs.createMessage('ready', {}));
  queue.enqueue(fauxqs.createMessage('delayed', {}, 900));
  expect(expireMessages(first.store, Date.now() + 59_000)).toBe(0);
  expect(expireMessages(first.store, Date.now() + 61_000)).toBe(2);
  expect([...queue.messages, ...queue.delayedMessages]).toEqual([]);
  first.persistence.close();

  const second = open();
  const [loaded] = second.store.allQueues();
  expect([...(loaded?.messages ?? []), ...(loaded?.delayedMessages ?? [])]).toEqual([]);
  second.persistence.close();
});
