import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lockDirectory } from './lock.ts';

const sqlite = (name: string): string[] => [name, `${name}-wal`, `${name}-shm`, `${name}-journal`];
const replaced = (name: string): string[] => [name, `${name}.new`];

/** A folder without both is not a data directory. */
const MARKS = ['fauxqs.db', 'scheduler.sqlite'];
/** What a stack stores in DATA_DIR. The marks are last, so that a reset can be repeated. */
const PARTS: readonly [what: string, files: string[]][] = [
  ['notifications, events, endpoints, API keys', ['dynamodb', ...replaced('time-to-live.json')]],
  ['the inbox', sqlite('inbox.db')],
  ['keys of the local KMS', replaced('kms.json')],
  ['the virtual clock, which shows real time again', replaced('clock')],
  ['secrets for signing webhooks and cursors, which the next start makes again', replaced('secrets.json')],
  ['logs', ['aws.log', 'aws.log.1', 'service.log', 'service.log.1']],
  ['process ids and the format of the data', [...replaced('processes.json'), ...replaced('version.json')]],
  ['schedules', sqlite('scheduler.sqlite')],
  ['messages in queues', sqlite('fauxqs.db')],
];
const LOCK = sqlite('lock.db');

/** The files that LevelDB makes in a folder. */
const LEVELDB = /^(?:CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(?:dbtmp|ldb|log|sst))$/;

/** Removes an empty folder, unless it is a link or a mount. Returns what else is in it. */
const removeIfEmpty = (directory: string): string[] => {
  const others = readdirSync(directory);
  if (others.length > 0) return others;
  try {
    rmdirSync(directory);
  } catch {
    // A link or a mount: it is empty, and stays.
  }
  return others;
};

/** Of a folder only the files of LevelDB: it may have the same name and another purpose. */
const remove = (path: string): void => {
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path)) if (LEVELDB.test(name)) rmSync(join(path, name));
    removeIfEmpty(path);
  } else rmSync(path);
};

/**
 * Removes what a stack has stored in the directory, and nothing else.
 * @returns lines for the terminal
 * @throws StartError while a stack runs on it
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
    ...(others.length > 0 ? [`Left there, because the stack did not store it: ${others.join(', ')}`] : []),
  ];
};
