import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_MS = 60_000;

/** Polls until `accept`, with pauses from 10 ms to 1 s. Throws after a minute. */
export const waitUntil = async <T>(what: string, ask: () => Promise<T>, accept: (value: T) => boolean): Promise<T> => {
  const deadline = performance.now() + LONGEST_MS;
  for (let pauseMs = 10; performance.now() < deadline; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    const value = await ask();
    if (accept(value)) return value;
    await sleep(pauseMs);
  }
  throw new Error(`Waited ${LONGEST_MS / 1_000} s until ${what}, and gave up`);
};
