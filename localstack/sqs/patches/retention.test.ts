import { expect, it } from 'vitest';
import { useFauxqs } from '../fauxqs.testing.ts';
import { expireMessages } from './retention.ts';

const kit = useFauxqs();

const open = () => {
  const store = kit.fauxqs.makeStore();
  const persistence = kit.fauxqs.openPersistence(kit.directory);
  persistence.loadSqsQueues(store);
  store.persistence = persistence;
  return { store, persistence };
};

it('deletes messages older than their queue keeps them, from memory and from disk; fauxqs deletes none', () => {
  const now = Date.now();
  const first = open();
  const queue = kit.makeQueue('short', { MessageRetentionPeriod: '60' }, first.store);
  kit.send(queue, 'ready').sentTimestamp = now - 61_000;
  kit.send(queue, 'delayed', undefined, 900).sentTimestamp = now - 61_000;
  queue.processTimers();
  const waiting = () => [...queue.messages, ...queue.delayedMessages].map(({ body }) => body);
  expect(waiting()).toEqual(['ready', 'delayed']);
  expect(expireMessages(first.store, now - 2_000)).toBe(0);
  expect(expireMessages(first.store, now)).toBe(2);
  expect(waiting()).toEqual([]);
  first.persistence.close();

  const second = open();
  const [loaded] = second.store.allQueues();
  expect([...(loaded?.messages ?? []), ...(loaded?.delayedMessages ?? [])]).toEqual([]);
  second.persistence.close();
});
