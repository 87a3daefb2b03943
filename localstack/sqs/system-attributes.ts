import type { FauxqsMessage, Persistence, QueueStore } from './fauxqs.ts';

const listsOf = (store: QueueStore): FauxqsMessage[] =>
  [...store.allQueues()].flatMap((queue) => [
    ...queue.messages,
    ...queue.delayedMessages,
    ...[...queue.inflightMessages.values()].map(({ message }) => message),
    ...[...queue.fifoMessages.values(), ...queue.fifoDelayed.values()].flat(),
  ]);

/**
 * fauxqs has no place for AWSTraceHeader and DeadLetterQueueSourceArn: they are kept in a table of their own beside its messages,
 * and go when the message goes. Returns what gives them back to messages that were loaded.
 */
export const keepSystemAttributes = (persistence: Persistence): ((store: QueueStore) => void) => {
  const { db } = persistence;
  db.exec(
    `CREATE TABLE IF NOT EXISTS message_system_attributes (
      message_id TEXT PRIMARY KEY REFERENCES sqs_messages(message_id) ON DELETE CASCADE,
      attributes TEXT NOT NULL
    )`,
  );
  const insert = db.prepare('INSERT INTO message_system_attributes VALUES (?, ?)');
  const insertMessage = persistence.insertMessage.bind(persistence);
  persistence.insertMessage = (queueName, message) => {
    insertMessage(queueName, message);
    if (message.systemAttributes) insert.run(message.messageId, JSON.stringify(message.systemAttributes));
  };
  return (store) => {
    const rows = db.prepare('SELECT message_id, attributes FROM message_system_attributes').all();
    if (rows.length === 0) return;
    const byId = new Map(rows.map((row) => [row.message_id, String(row.attributes)]));
    for (const message of listsOf(store)) {
      const attributes = byId.get(message.messageId);
      if (attributes) message.systemAttributes = JSON.parse(attributes);
    }
  };
};
