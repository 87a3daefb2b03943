import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type StartError, startError } from '../../lib/platform/start-error.ts';
import { damaged } from '../storage/state-file.ts';

/** The last bytes of every table file of LevelDB (its doc/table_format.md). */
const MAGIC = Buffer.from('57fb808b247547db', 'hex');

const endsWhole = (path: string): boolean => {
  const descriptor = openSync(path, 'r');
  const end = Buffer.alloc(MAGIC.length);
  readSync(descriptor, end, 0, end.length, Math.max(0, fstatSync(descriptor).size - end.length));
  closeSync(descriptor);
  return end.equals(MAGIC);
};

/** What is wrong with a LevelDB folder that LevelDB ignores, or finds only when it reads there. */
const problemOf = (path: string): string | undefined => {
  const names = existsSync(path) ? readdirSync(path) : [];
  const tables = names.filter((name) => /^\d+\.(ldb|sst)$/.test(name));
  const hasData = tables.length > 0 || names.some((name) => /^\d+\.log$/.test(name));
  // Without it LevelDB makes a new database, and deletes what is there.
  if (hasData && !names.includes('CURRENT')) return 'CURRENT is missing';
  const broken = tables.find((name) => !endsWhole(join(path, name)));
  return broken && `${broken} is cut short`;
};

const LOSS = 'all tables, with every event and notification, are lost';

/** Throws a StartError that names the folder and the remedy. */
export const checkLevelDb = (path: string): void => {
  const problem = problemOf(path);
  if (problem !== undefined) throw damaged(path, `is damaged (${problem})`, LOSS);
};

/** The error for people when LevelDB cannot be opened or read. */
export const openError = (path: string, error: unknown): StartError => {
  const { cause = error } = error as { cause?: unknown };
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'LEVEL_LOCKED') return startError(`${path} is in use by another process: stop that first.`, 1, error);
  return damaged(path, `cannot be opened (${message.replace(/\s+/g, ' ')})`, LOSS);
};
