/**
 * Mends: AWSTraceHeader and DeadLetterQueueSourceArn are not stored.
 * Why: after a restart traces would break, and move tasks not find the source of a dead letter.
 * Relies on: insertMessage, deleteMessage, deleteQueueMessages and deleteQueue make every change.
 */
import type { FauxqsMessage, Persistence, QueueStore } from '../fauxqs.ts';

const messagesOf = (store: QueueStore): FauxqsMessage[] =>
  [...store.allQueues()].flatMap((queue) => [
    ...queue.messages,
    ...queue.delayedMessages,
    ...[...queue.inflightMessages.values()].map(({ message }) => message),
    ...[...queue.fifoMessages.values(), ...queue.fifoDelayed.values()].flat(),
  ]);

/**
 * In a table of their own; a foreign key would slow every deletion.
 * @returns what restores them after messages are loaded
 */
export const storeSystemAttributes = (persistence: Persistence): ((store: QueueStore) => void) => {
  const { db } = persistence;
  db.exec(
    `CREATE TABLE IF NOT EXISTS message_system_attributes (message_id TEXT PRIMARY KEY, attributes TEXT NOT NULL)`,
  );
  // They are written before their message and deleted after it: a kill in between leaves some.
  db.exec('DELETE FROM message_system_attributes WHERE message_id NOT IN (SELECT message_id FROM sqs_messages)');
  const rows = db.prepare('SELECT message_id, attributes FROM message_system_attributes').all();
  const kept = new Map(rows.map((row) => [String(row.message_id), String(row.attributes)]));
  const insert = db.prepare('INSERT OR REPLACE INTO message_system_attributes VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM message_system_attributes WHERE message_id = ?');
  const insertMessage = persistence.insertMessage.bind(persistence);
  const deleteMessage = persistence.deleteMessage.bind(persistence);
  persistence.insertMessage = (queueName, message) => {
    if (message.systemAttributes) {
      const attributes = JSON.stringify(message.systemAttributes);
      kept.set(message.messageId, attributes);
      insert.run(message.messageId, attributes);
    }
    insertMessage(queueName, message);
  };
  const forget = (messageId: string): void => {
    if (kept.delete(messageId)) remove.run(messageId);
  };
  persistence.deleteMessage = (messageId) => {
    deleteMessage(messageId);
    forget(messageId);
  };
  const idsOf = db.prepare(
    'SELECT message_id FROM message_system_attributes JOIN sqs_messages USING (message_id) WHERE queue_name = ?',
  );
  const forgetting = (deleteAll: (queueName: string) => void) => (queueName: string) => {
    const ids = idsOf.all(queueName);
    deleteAll(queueName);
    for (const { message_id: id } of ids) forget(String(id));
  };
  persistence.deleteQueueMessages = forgetting(persistence.deleteQueueMessages.bind(persistence));
  persistence.deleteQueue = forgetting(persistence.deleteQueue.bind(persistence));
  return (store) => {
    if (kept.size === 0) return;
    for (const message of messagesOf(store)) {
      const attributes = kept.get(message.messageId);
      if (attributes) message.systemAttributes = JSON.parse(attributes);
    }
  };
};
