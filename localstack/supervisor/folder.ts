import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startError } from '../../lib/platform/start-error.ts';
import { type Lock, lockDirectory } from './lock.ts';

export interface Folder extends Lock {
  /** Removes what this start has stored, if the folder was empty before. */
  undo(): void;
}

const make = (directory: string): string | undefined => {
  try {
    return mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw startError(`DATA_DIR: ${directory} cannot be used (${(cause as Error).message}).`, 1, cause);
  }
};

/** Creates DATA_DIR if it is missing, and locks it. Throws a StartError. */
export const openFolder = async (directory: string): Promise<Folder> => {
  const made = make(directory);
  const lock = await lockDirectory(directory);
  const entries = (): string[] => readdirSync(directory);
  // Under the lock: before it another stack may have begun to store there.
  const wasEmpty = entries().every((name) => name.startsWith('lock.db'));
  return {
    release: lock.release,
    undo: () => {
      if (!wasEmpty) return;
      const paths = made === undefined ? entries().map((name) => join(directory, name)) : [made];
      for (const path of paths) rmSync(path, { recursive: true, force: true });
    },
  };
};
