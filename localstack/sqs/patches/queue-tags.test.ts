import { beforeEach, describe, expect, it } from 'vitest';
import { useFauxqs } from '../fauxqs.testing.ts';
import type { FauxqsQueue } from '../fauxqs.ts';
import { storeTags } from './queue-tags.ts';

const kit = useFauxqs();
let queue: FauxqsQueue;
beforeEach(() => {
  queue = kit.makeQueue();
  kit.persistence.insertQueue(queue);
  kit.persistence.insertMessage('work', kit.fauxqs.createMessage('x', {}));
});
const messages = () => kit.persistence.db.prepare('SELECT count(*) AS count FROM sqs_messages').get()?.count;

describe('the row of a queue', () => {
  it('takes the messages with it when fauxqs writes it again', () => {
    kit.persistence.insertQueue(queue);
    expect(messages()).toBe(0);
  });

  it('gets new tags and keeps the messages', () => {
    queue.tags.set('team', 'one');
    storeTags(kit.persistence, queue);
    expect(messages()).toBe(1);
    expect(kit.persistence.db.prepare('SELECT tags FROM sqs_queues').get()?.tags).toBe('{"team":"one"}');
  });
});
