/**
 * Mends: to store tags, the row of a queue is replaced, and the foreign key deletes its messages.
 * Why: TagQueue would empty the queue at the next start.
 * Relies on: the columns of sqs_queues.
 */
import type { FauxqsQueue, Persistence } from '../fauxqs.ts';

export const storeTags = ({ db }: Persistence, { name, tags }: FauxqsQueue): void => {
  const statement = db.prepare('UPDATE sqs_queues SET tags = ? WHERE name = ?');
  statement.run(JSON.stringify(Object.fromEntries(tags)), name);
};
