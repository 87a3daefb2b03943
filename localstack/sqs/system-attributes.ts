import type { FauxqsMessage, Persistence, QueueStore } from './fauxqs.ts';

const messagesOf = (store: QueueStore): FauxqsMessage[] =>
  [...store.allQueues()].flatMap((queue) => [
    ...queue.messages,
    ...queue.delayedMessages,
    ...[...queue.inflightMessages.values()].map(({ message }) => message),
    ...[...queue.fifoMessages.values(), ...queue.fifoDelayed.values()].flat(),
  ]);

/**
 * Stores AWSTraceHeader and DeadLetterQueueSourceArn, which fauxqs cannot, beside its messages. No
 * foreign key: it would slow every deletion. Returns what restores them after messages are loaded.
 */
export const keepSystemAttributes = (persistence: Persistence): ((store: QueueStore) => void) => {
  const { db } = persistence;
  db.exec(
    `CREATE TABLE IF NOT EXISTS message_system_attributes (message_id TEXT PRIMARY KEY, attributes TEXT NOT NULL)`,
  );
  // A purge leaves some behind.
  db.exec('DELETE FROM message_system_attributes WHERE message_id NOT IN (SELECT message_id FROM sqs_messages)');
  const rows = db.prepare('SELECT message_id, attributes FROM message_system_attributes').all();
  const kept = new Map(rows.map((row) => [String(row.message_id), String(row.attributes)]));
  const insert = db.prepare('INSERT INTO message_system_attributes VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM message_system_attributes WHERE message_id = ?');
  const insertMessage = persistence.insertMessage.bind(persistence);
  const deleteMessage = persistence.deleteMessage.bind(persistence);
  persistence.insertMessage = (queueName, message) => {
    insertMessage(queueName, message);
    if (!message.systemAttributes) return;
    const attributes = JSON.stringify(message.systemAttributes);
    kept.set(message.messageId, attributes);
    insert.run(message.messageId, attributes);
  };
  persistence.deleteMessage = (messageId) => {
    deleteMessage(messageId);
    if (kept.delete(messageId)) remove.run(messageId);
  };
  return (store) => {
    if (kept.size === 0) return;
    for (const message of messagesOf(store)) {
      const attributes = kept.get(message.messageId);
      if (attributes) message.systemAttributes = JSON.parse(attributes);
    }
  };
};
