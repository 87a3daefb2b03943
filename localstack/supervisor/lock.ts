import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Lock {
  release(): void;
}

/** Whose the folder is: `processes.json` of the stack that holds it. */
const holderOf = (directory: string): string => {
  const path = join(directory, 'processes.json');
  if (!existsSync(path)) return 'another stack';
  const { main } = JSON.parse(readFileSync(path, 'utf8')) as { main?: number };
  return main === undefined ? 'another stack' : `the stack of process ${main}`;
};

/**
 * One stack per data directory. The lock is SQLite's on a file, which the operating system drops with the process that holds
 * it, however that ends: there is nothing stale to clean up. Throws an Error with a message for people.
 */
export const lockDirectory = async (directory: string): Promise<Lock> => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
  } catch (error) {
    db.close();
    if (!(error as Error).message.includes('locked')) throw error;
    throw new Error(
      `${directory} is in use by ${holderOf(directory)}. Stop it, or set DATA_DIR (and PORT, LOCAL_AWS_PORT) to run a second stack.`,
    );
  }
  return { release: () => db.close() };
};
