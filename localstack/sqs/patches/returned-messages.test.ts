import { beforeEach, describe, expect, it } from 'vitest';
import { useFauxqs } from '../fauxqs.testing.ts';
import type { FauxqsMessage } from '../fauxqs.ts';
import { storeReturnedMessages } from './returned-messages.ts';

const kit = useFauxqs();
let message: FauxqsMessage;
beforeEach(() => {
  kit.persistence.insertQueue(kit.makeQueue());
  message = kit.fauxqs.createMessage('x', {});
  kit.persistence.insertMessage('work', message);
});

describe('a message that becomes visible again', () => {
  it('cannot be stored without the patch', () => {
    expect(() => kit.persistence.updateMessageReady(message.messageId)).toThrow('NOT NULL');
  });

  it('is stored without a receipt', () => {
    storeReturnedMessages(kit.persistence);
    kit.persistence.updateMessageInflight(message.messageId, 'receipt', 1, 1, 1);
    kit.persistence.updateMessageReady(message.messageId);
    const rows = kit.persistence.db.prepare('SELECT receipt_handle, visibility_deadline FROM sqs_messages').all();
    expect(rows).toEqual([{ receipt_handle: null, visibility_deadline: null }]);
  });
});
