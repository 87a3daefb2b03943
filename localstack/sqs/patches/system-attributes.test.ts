import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { type FauxqsMessage, type FauxqsParts, type FauxqsQueue, loadFauxqs, type Persistence } from '../fauxqs.ts';
import { keepSystemAttributes } from './system-attributes.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let fauxqs: FauxqsParts;
let persistence: Persistence;
let queue: FauxqsQueue;
beforeEach(async () => {
  directory = temporaryDirectory();
  fauxqs = await loadFauxqs();
  persistence = fauxqs.openPersistence(directory.path);
});
afterEach(() => {
  persistence.close();
  directory.remove();
});

const start = (): void => {
  keepSystemAttributes(persistence);
  const store = fauxqs.makeStore();
  store.persistence = persistence;
  queue = store.createQueue('work', 'http://local/0/work', 'arn:aws:sqs:us-east-1:0:work');
};
const send = (): FauxqsMessage => {
  const message = fauxqs.createMessage('x', {});
  message.systemAttributes = { AWSTraceHeader: 'Root=1' };
  queue.enqueue(message);
  return message;
};
const stored = () => persistence.db.prepare('SELECT message_id FROM message_system_attributes').all();

it('are stored when their message is, so that none is without them after a crash', () => {
  const insertMessage = persistence.insertMessage.bind(persistence);
  let before: unknown[] = [];
  persistence.insertMessage = (...given) => {
    before = stored();
    insertMessage(...given);
  };
  start();
  expect(before).toEqual([]);
  const { messageId } = send();
  expect(before).toEqual([{ message_id: messageId }]);
});

it('go with the messages of a queue that is purged, and may be stored again', () => {
  start();
  const message = send();
  persistence.db.exec('DELETE FROM sqs_messages');
  queue.enqueue(message);
  expect(stored()).toHaveLength(1);
  queue.purge();
  expect(stored()).toEqual([]);
});
