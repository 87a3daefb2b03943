import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { startError } from '../../lib/platform/start-error.ts';
import { damaged } from './state-file.ts';

const problemOf = (path: string): string => {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    return String(Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0]);
  } catch (error) {
    const { message } = error as Error;
    if (!message.includes('locked')) return message;
    throw startError(`${path} is in use by another process: stop that first.`, 1, error);
  } finally {
    database?.close();
  }
};

/**
 * Reads a whole SQLite database before it is opened. Throws a StartError with the remedy if it is
 * damaged.
 * @param loss what is lost when the file is removed
 */
export const checkDatabase = (path: string, loss: string): void => {
  if (!existsSync(path)) return;
  // For SQLite an empty file is a new database.
  if (statSync(path).size === 0) throw damaged(path, 'is empty', loss);
  const problem = problemOf(path);
  if (problem !== 'ok') throw damaged(path, `is damaged (${problem.replace(/\s+/g, ' ')})`, loss);
};
