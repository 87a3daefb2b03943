import type { Random } from '../platform/random.ts';

/** Deterministic: ids and tokens count up, fractions are the middle. */
export const makeTestRandom = (): Random => {
  let count = 0;
  const next = (): string => {
    count += 1;
    return String(count);
  };
  return {
    id: (prefix) => prefix + next().padStart(26, '0'),
    token: () => `token${next().padStart(7, '0')}`,
    fraction: () => 0.5,
  };
};
