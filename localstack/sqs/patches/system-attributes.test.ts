import { describe, expect, it } from 'vitest';
import { useFauxqs } from '../fauxqs.testing.ts';
import type { FauxqsMessage, FauxqsQueue } from '../fauxqs.ts';
import { storeSystemAttributes } from './system-attributes.ts';

const kit = useFauxqs();
let queue: FauxqsQueue;

const start = (): void => {
  storeSystemAttributes(kit.persistence);
  const store = kit.fauxqs.makeStore();
  store.persistence = kit.persistence;
  queue = kit.makeQueue('work', {}, store);
};
const send = (): FauxqsMessage => {
  const message = kit.fauxqs.createMessage('x', {});
  message.systemAttributes = { AWSTraceHeader: 'Root=1' };
  queue.enqueue(message);
  return message;
};
const stored = () => kit.persistence.db.prepare('SELECT message_id FROM message_system_attributes').all();

describe('system attributes', () => {
  it('have no column without the patch', () => {
    const columns = kit.persistence.db.prepare('PRAGMA table_info(sqs_messages)').all();
    expect(columns.filter(({ name }) => /trace|system|source/.test(String(name)))).toEqual([]);
  });

  it('are stored before their message, so that none lacks them after a crash', () => {
    const insertMessage = kit.persistence.insertMessage.bind(kit.persistence);
    let before: unknown[] = [];
    kit.persistence.insertMessage = (...given) => {
      before = stored();
      insertMessage(...given);
    };
    start();
    expect(before).toEqual([]);
    const { messageId } = send();
    expect(before).toEqual([{ message_id: messageId }]);
  });

  it('are deleted with the messages of a queue that is purged, and may be stored again', () => {
    start();
    const message = send();
    kit.persistence.db.exec('DELETE FROM sqs_messages');
    queue.enqueue(message);
    expect(stored()).toHaveLength(1);
    queue.purge();
    expect(stored()).toEqual([]);
  });
});
