import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startError } from '../../lib/start-error.ts';

export interface Folder {
  /** Takes away what was made there, if there was nothing before. What an earlier start has stored is never touched. */
  undo(): void;
}

/** Makes DATA_DIR where it is not there. Throws a StartError. */
export const prepareFolder = (directory: string): Folder => {
  try {
    const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
    const wasEmpty = readdirSync(directory).length === 0;
    const entries = (): string[] => readdirSync(directory).map((name) => join(directory, name));
    return {
      undo: () => {
        if (!wasEmpty) return;
        for (const path of made === undefined ? entries() : [made]) rmSync(path, { recursive: true, force: true });
      },
    };
  } catch (cause) {
    throw startError(`DATA_DIR: ${directory} cannot be used (${(cause as Error).message}).`, 1, cause);
  }
};
