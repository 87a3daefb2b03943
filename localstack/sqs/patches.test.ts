import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { type FauxqsMessage, type FauxqsParts, type FauxqsQueue, loadFauxqs, type Persistence } from './fauxqs.ts';

/**
 * What fauxqs does by itself: a test that fails says that a patch has become unnecessary or wrong.
 */
let fauxqs: FauxqsParts;
let persistence: Persistence;
let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(async () => {
  directory = temporaryDirectory();
  fauxqs = await loadFauxqs();
  persistence = fauxqs.openPersistence(directory.path);
});
afterEach(() => {
  vi.useRealTimers();
  persistence.close();
  directory.remove();
});

const makeQueue = (name: string, attributes: object = {}, store = fauxqs.makeStore()): FauxqsQueue =>
  store.createQueue(name, `http://local/0/${name}`, `arn:aws:sqs:us-east-1:0:${name}`, attributes);
const send = (queue: FauxqsQueue, body: string, group?: string): FauxqsMessage => {
  const message = fauxqs.createMessage(body, {}, undefined, group);
  if (group) message.sequenceNumber = queue.nextSequenceNumber();
  queue.enqueue(message);
  return message;
};

it('receives one message of a FIFO group, and returns several in the wrong order (fifo.ts)', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const queue = makeQueue('work.fifo', { FifoQueue: 'true' });
  for (const body of ['a1', 'a2']) send(queue, body, 'a');
  expect(queue.dequeue(10)).toHaveLength(1);
  const [message] = queue.fifoMessages.get('a') ?? [];
  queue.fifoMessages.clear();
  const visibilityDeadline = Date.now() + 60_000;
  if (message) queue.inflightMessages.set('2', { message, receiptHandle: '2', visibilityDeadline });
  vi.setSystemTime(Date.now() + 61_000);
  queue.processTimers();
  expect(queue.fifoMessages.get('a')?.map(({ body }) => body)).toEqual(['a2', 'a1']);
});

it('scans everything delayed every 20 ms while a receive waits (punctual.ts)', async () => {
  const queue = makeQueue('work');
  const scan = vi.spyOn(queue, 'processTimers');
  const waiting = queue.waitForMessages(20);
  await vi.waitFor(() => expect(scan.mock.calls.length).toBeGreaterThan(2));
  send(queue, 'enough');
  await waiting;
});

it('does not know groups in standard queues (fair.ts)', () => {
  const queue = makeQueue('work');
  for (let n = 0; n < 40; n += 1) send(queue, 'noisy', 'noisy');
  send(queue, 'quiet', 'quiet');
  for (let n = 0; n < 3; n += 1) queue.dequeue(10);
  const [first] = queue.dequeue(1);
  expect(queue.inflightMessages.get(first?.ReceiptHandle ?? '')?.message.body).toBe('noisy');
});

it('moves a dead letter without the name of its source, counted once too often (dead-letters.ts)', () => {
  const store = fauxqs.makeStore();
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:0:dead', maxReceiveCount: 1 });
  const [queue, dead] = [makeQueue('work', { RedrivePolicy }, store), makeQueue('dead', {}, store)];
  const message = send(queue, 'x');
  for (let n = 0; n < 2; n += 1) queue.dequeue(1, 0, (arn) => store.getQueueByArn(arn));
  expect(dead.messages).toEqual([message]);
  expect(message.approximateReceiveCount).toBe(2);
  expect(Object.keys(message).join()).not.toMatch(/source/i);
});

it('keeps no system attributes (system-attributes.ts)', () => {
  const columns = persistence.db.prepare('PRAGMA table_info(sqs_messages)').all();
  expect(columns.filter(({ name }) => /trace|system|source/.test(String(name)))).toEqual([]);
});

it('cannot store that a message was given back (index.ts)', () => {
  const queue = makeQueue('work');
  persistence.insertQueue(queue);
  const message = fauxqs.createMessage('x', {});
  persistence.insertMessage('work', message);
  expect(() => persistence.updateMessageReady(message.messageId)).toThrow('NOT NULL');
});

it('deletes the messages of a queue whose row it writes again (api/tags.ts)', () => {
  const queue = makeQueue('work');
  persistence.insertQueue(queue);
  persistence.insertMessage('work', fauxqs.createMessage('x', {}));
  persistence.insertQueue(queue);
  expect(persistence.db.prepare('SELECT count(*) AS count FROM sqs_messages').get()?.count).toBe(0);
});
