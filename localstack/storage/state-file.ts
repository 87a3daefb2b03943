/** Files in DATA_DIR that are replaced as a whole. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type StartError, startError } from '../../lib/platform/start-error.ts';

/** @param loss what is lost when the file is removed */
export const damaged = (path: string, what: string, loss: string): StartError =>
  startError(`${path} ${what}. Restore it from a copy, or remove it: ${loss}.`, 1);

/** Windows cannot sync a folder, and does not need to. */
const syncDirectory = (path: string): void => {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
};

/** On disk when it returns, the old content or the new one. Readable by its owner alone. */
export const writeStateFile = (path: string, content: string | Uint8Array): void => {
  const fresh = `${path}.new`;
  const descriptor = openSync(fresh, 'w', 0o600);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(fresh, path);
  syncDirectory(dirname(path));
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw startError(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, 1, cause);
  }
};

/** The value of a JSON file; undefined without a file. Throws a StartError if it is damaged. */
export const readStateFile = <T>(
  path: string,
  isWhole: (value: unknown) => value is T,
  loss: string,
): T | undefined => {
  if (!existsSync(path)) return undefined;
  const text = textOf(path);
  const value = parsed(text);
  if (isWhole(value)) return value;
  throw damaged(path, text.trim() === '' ? 'is empty' : 'is damaged: its content is not what was written', loss);
};
