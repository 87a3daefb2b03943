/**
 * Mends: NULL is written into NOT NULL columns when a message becomes visible before its timeout.
 * Why: ChangeMessageVisibility to 0 would fail, and the message stay in flight on disk.
 * Relies on: updateMessageReady and the columns of sqs_messages.
 */
import type { Persistence } from '../fauxqs.ts';

export const storeReturnedMessages = (persistence: Persistence): void => {
  const statement = persistence.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => {
    statement.run(messageId);
  };
};
