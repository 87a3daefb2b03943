/** `version.json` in DATA_DIR: the format of what is stored there (infra/README.md, Upgrading). */
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startError } from '../../lib/platform/start-error.ts';
import { VERSION } from '../../lib/platform/version.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

/** Raised by a change after which the previous release cannot use the data. */
const DATA_FORMAT = 1;

interface Mark {
  format: number;
  /** The last release that opened it. */
  release: string;
}

const isMark = (value: unknown): value is Mark => {
  const { format, release } = (value ?? {}) as Partial<Mark>;
  return Number.isInteger(format) && Number(format) >= 1 && typeof release === 'string';
};

/** Data without a mark has format 1, in which a clock that was never advanced is an empty file. */
const prepareUnmarked = (directory: string): void => {
  const clock = join(directory, 'clock');
  if (existsSync(clock) && statSync(clock).size === 0) rmSync(clock);
};

/** Creates and marks the folder. Throws a StartError if a newer format is stored there. */
export const openDataDirectory = (directory: string): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'version.json');
  const mark = readStateFile(path, isMark, `the data then counts as format ${DATA_FORMAT}`);
  if (mark && mark.format > DATA_FORMAT)
    throw startError(
      `${directory} was stored by release ${mark.release} in format ${mark.format}, and this release, ${VERSION}, knows formats up to ${DATA_FORMAT}. Start release ${mark.release} or a later one, or set DATA_DIR to another folder.`,
      1,
    );
  if (!mark) prepareUnmarked(directory);
  if (mark?.format !== DATA_FORMAT || mark.release !== VERSION)
    writeStateFile(path, `${JSON.stringify({ format: DATA_FORMAT, release: VERSION })}\n`);
};
