import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startError } from '../../lib/platform/start-error.ts';
import { damaged } from '../storage/state-file.ts';

export interface Lock {
  release(): void;
}

/** The holder of the folder, from its `processes.json`. */
const holderOf = (directory: string): string => {
  try {
    const { main } = JSON.parse(readFileSync(join(directory, 'processes.json'), 'utf8')) as { main?: number };
    if (main !== undefined) return `the stack of process ${main}`;
  } catch {
    // It only names the holder, and is written at each start.
  }
  return 'another stack';
};

const SECOND_STACK = 'Stop it, or set DATA_DIR (and PORT, LOCAL_AWS_PORT) to run a second stack.';

/**
 * One stack per data directory. The operating system releases SQLite's lock when the process ends,
 * however it ends.
 * @param remedy what to do when another stack holds it
 * @throws StartError
 */
export const lockDirectory = async (directory: string, remedy = SECOND_STACK): Promise<Lock> => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { DatabaseSync } = await import('node:sqlite');
  const path = join(directory, 'lock.db');
  let db: InstanceType<typeof DatabaseSync> | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
  } catch (error) {
    db?.close();
    const { message } = error as Error;
    if (!message.includes('locked')) throw damaged(path, `cannot be used (${message})`, 'nothing is lost');
    throw startError(`${directory} is in use by ${holderOf(directory)}. ${remedy}`, 1);
  }
  const lock = db;
  return { release: () => lock.close() };
};
