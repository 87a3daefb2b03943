import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lockDirectory } from './lock.ts';

const sqlite = (name: string): string[] => [name, `${name}-wal`, `${name}-shm`, `${name}-journal`];
const replaced = (name: string): string[] => [name, `${name}.new`];

/** A folder that has neither is no data directory. */
const MARKS = ['fauxqs.db', 'scheduler.sqlite'];
/**
 * What a stack keeps in DATA_DIR, for people, and its files. The marks go last, so that a reset cut
 * short can be repeated.
 */
const PARTS: readonly [what: string, files: string[]][] = [
  ['notifications, events, endpoints, API keys', ['dynamodb', ...replaced('time-to-live.json')]],
  ['the inbox', sqlite('inbox.db')],
  ['keys of the local KMS', replaced('kms.json')],
  ['the virtual clock, which shows real time again', replaced('clock')],
  ['secrets for signing webhooks and cursors, made anew by the next start', replaced('secrets.json')],
  ['logs', ['aws.log', 'aws.log.1', 'service.log', 'service.log.1']],
  ['notes of the stack', [...replaced('processes.json'), ...replaced('version.json')]],
  ['schedules', sqlite('scheduler.sqlite')],
  ['messages in queues', sqlite('fauxqs.db')],
];
const LOCK = sqlite('lock.db');

/** The files that LevelDB makes in a folder of its own. */
const LEVELDB = /^(?:CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(?:dbtmp|ldb|log|sst))$/;

/**
 * Returns what else is in the folder; an empty one goes too. A link or a mount stays, which is no
 * failure.
 */
const removeIfEmpty = (directory: string): string[] => {
  const others = readdirSync(directory);
  if (others.length > 0) return others;
  try {
    rmdirSync(directory);
  } catch {
    // It is empty: nothing of the stack is left.
  }
  return others;
};

/** A folder may have a name of the stack's and be someone else's: only what LevelDB made goes. */
const remove = (path: string): void => {
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path)) if (LEVELDB.test(name)) rmSync(join(path, name));
    removeIfEmpty(path);
  } else rmSync(path);
};

/**
 * Removes what a stack has stored in `directory`, and nothing else. Returns what people are to
 * read, line by line. Throws a StartError while a stack runs on it.
 */
export const resetData = async (directory: string): Promise<string[]> => {
  if (!MARKS.some((name) => existsSync(join(directory, name))))
    return [`${directory} holds no data of a local stack; nothing is removed.`];
  const lock = await lockDirectory(directory, 'Stop it first.');
  const present = PARTS.map(
    ([what, files]) => [what, files.filter((name) => existsSync(join(directory, name)))] as const,
  );
  try {
    for (const [, files] of present) for (const name of files) remove(join(directory, name));
  } finally {
    lock.release();
  }
  for (const name of LOCK) rmSync(join(directory, name), { force: true });
  const others = removeIfEmpty(directory);
  return [
    `Removed from ${directory}:`,
    ...present.filter(([, files]) => files.length > 0).map(([what, files]) => `  ${what} (${files.join(', ')})`),
    ...(others.length > 0 ? [`Left there, as they are not the stack's: ${others.join(', ')}`] : []),
  ];
};
