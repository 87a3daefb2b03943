import { closeSync, existsSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../lib/platform/clock.ts';
import { damaged, writeStateFile } from './storage/state-file.ts';

/**
 * Wall-clock time plus an offset that only grows. It is in a small file, which the AWS process
 * writes and each `now()` reads (1 us), so that every process sees an advance at once.
 */
interface VirtualClock extends Clock {
  /** Milliseconds between business time and wall-clock time. */
  offset(): number;
  close(): void;
}

export interface WritableClock extends VirtualClock {
  /** Moves business time forward by whole milliseconds; on disk when it returns. */
  advance(byMs: number): void;
  /** Moves business time forward to this, epoch ms, unless it is later; on disk when it returns. */
  advanceTo(time: number): void;
}

/** Two doubles and their sum, which does not match in a read during a write. */
const RECORD_BYTES = 24;
const READS_MAX = 100;

const pathOf = (directory: string): string => join(directory, 'clock');

/** Throws a StartError when the file is damaged. */
const clockOn = (path: string, descriptor: number): VirtualClock => {
  const buffer = Buffer.alloc(RECORD_BYTES);
  const record = new Float64Array(buffer.buffer, buffer.byteOffset, 3);

  const read = (): void => {
    for (let attempt = 0; attempt < READS_MAX; attempt += 1) {
      const bytes = readSync(descriptor, buffer, 0, RECORD_BYTES, 0);
      const [offset = 0, jumpedTo = 0, sum = 0] = record;
      if (bytes === RECORD_BYTES && offset + jumpedTo === sum) return;
    }
    throw damaged(path, 'is damaged: it holds no time', 'the clock then shows real time again');
  };
  read();

  const offset = (): number => {
    read();
    return record[0] ?? 0;
  };

  return {
    offset,
    now: () => Date.now() + offset(),
    real: () => Date.now(),
    monotonic: () => performance.now(),
    jumpedTo: () => {
      read();
      return record[1] ?? 0;
    },
    close: () => closeSync(descriptor),
  };
};

/** For a stack that runs: the file exists. */
export const openClock = (directory: string): VirtualClock => {
  const path = pathOf(directory);
  return clockOn(path, openSync(path, 'r'));
};

export const openWritableClock = (directory: string): WritableClock => {
  const path = pathOf(directory);
  if (!existsSync(path)) writeStateFile(path, new Uint8Array(RECORD_BYTES));
  const descriptor = openSync(path, 'r+');
  const clock = clockOn(path, descriptor);

  const write = (offset: number, jumpedTo: number): void => {
    const record = new Float64Array([offset, jumpedTo, offset + jumpedTo]);
    writeSync(descriptor, new Uint8Array(record.buffer), 0, RECORD_BYTES, 0);
    fsyncSync(descriptor);
  };

  return {
    ...clock,
    advance: (byMs) => {
      if (!(Number.isInteger(byMs) && byMs > 0)) throw new RangeError(`A clock only moves forward, not by ${byMs} ms`);
      const offset = clock.offset() + byMs;
      write(offset, Date.now() + offset);
    },
    advanceTo: (time) => {
      if (!Number.isInteger(time)) throw new RangeError(`A clock moves to whole milliseconds, not to ${time}`);
      const offset = time - Date.now();
      if (offset > clock.offset()) write(offset, time);
    },
  };
};
