/**
 * Set up before each test file: what the code writes to stdout and stderr is shown only when the test fails.
 * `console` is held back by vitest itself (`silent`).
 */
import { writeSync } from 'node:fs';
import { afterAll, beforeEach, onTestFailed } from 'vitest';

const BYTES_MAX = 1_000_000;
let held: string[] = [];
let bytes = 0;
let anyTestRan = false;

const release = (): void => {
  if (held.length > 0) writeSync(process.stderr.fd, held.join(''));
  held = [];
  bytes = 0;
};

const hold = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
  const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
  bytes += text.length;
  if (bytes <= BYTES_MAX) held.push(text);
  const done = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
  if (done) queueMicrotask(done);
  return true;
};
process.stdout.write = hold;
process.stderr.write = hold;

beforeEach(() => {
  anyTestRan = true;
  held = [];
  bytes = 0;
  onTestFailed(release);
});

// A file whose beforeAll failed has no test to fail.
afterAll(() => {
  if (!anyTestRan) release();
});
