import { closeSync, copyFileSync, fstatSync, openSync, truncateSync, writeSync } from 'node:fs';

export interface LogFile {
  path: string;
  /** Opened for appending: a child writes to it directly. */
  descriptor: number;
  write(text: string): void;
  close(): void;
}

const SIZE_MAX = 20 * 1_024 * 1_024;
const CHECK_MS = 10_000;

/** A full disk must not end the supervisor: the line is lost. */
export const unlessFull = (write: () => void): void => {
  try {
    write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
};

/** A log that is rotated at 20 MB; the previous one is `.1`. Writers append. */
export const openLogFile = (path: string): LogFile => {
  const descriptor = openSync(path, 'a', 0o600);
  const rotate = (): void => {
    if (fstatSync(descriptor).size < SIZE_MAX) return;
    unlessFull(() => copyFileSync(path, `${path}.1`));
    truncateSync(path);
  };
  rotate();
  const timer = setInterval(rotate, CHECK_MS).unref();
  return {
    path,
    descriptor,
    write: (text) => unlessFull(() => void writeSync(descriptor, text)),
    close: () => {
      clearInterval(timer);
      closeSync(descriptor);
    },
  };
};
