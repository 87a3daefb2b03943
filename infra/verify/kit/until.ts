import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  /** Default 60 s: a net on a slow machine. Who means a time says so. */
  deadlineMs?: number;
  /** Default 20 ms. */
  everyMs?: number;
}

const isThere = <T>(value: T | undefined | null | false): value is T =>
  value !== undefined && value !== null && value !== false;

/**
 * Asks until the answer is something, and resolves with it. A state behind HTTP does not announce a
 * change, so here polling is right. Throws after the deadline, with what was awaited and the last
 * thing that `probe` threw.
 */
export const until = async <T>(
  what: string,
  probe: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  { deadlineMs = 60_000, everyMs = 20 }: UntilOptions = {},
): Promise<T> => {
  const deadline = performance.now() + deadlineMs;
  let cause: unknown;
  do {
    try {
      const value = await probe();
      if (isThere(value)) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(everyMs);
  } while (performance.now() < deadline);
  throw new Error(`Not within ${deadlineMs} ms: ${what}${cause ? ` (${(cause as Error).message})` : ''}`, { cause });
};

/**
 * Until `probe` says yes `times` in a row: what is only just changing may answer now and then
 * before it does for good.
 */
export const untilInARow = (
  times: number,
  what: string,
  probe: () => Promise<boolean>,
  options?: UntilOptions,
): Promise<boolean> => {
  let row = 0;
  const counted = async (): Promise<boolean> => {
    row = (await probe()) ? row + 1 : 0;
    return row >= times;
  };
  return until(`${what}, ${times} times in a row`, counted, options);
};
