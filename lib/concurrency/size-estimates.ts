import { makeBoundedCache } from './bounded-cache.ts';

/**
 * How large the next of a kind may be, in bytes: as large as its last ones, whose sizes are
 * forgotten slowly.
 */
interface SizeEstimates {
  /** Undefined for a kind of which nothing is known. */
  of(kind: string): number | undefined;
  note(kind: string, bytes: number): void;
}

/** Beyond it the kind that was noted longest ago is forgotten. */
const KINDS_MAX = 1_000;

interface SizeEstimateOptions {
  /** The share of an estimate that each smaller size takes away. */
  decay: number;
  /** An estimate up to here is not kept. Default: all are. */
  negligibleBytes?: number;
}

export const makeSizeEstimates = ({ decay, negligibleBytes = -1 }: SizeEstimateOptions): SizeEstimates => {
  const sizes = makeBoundedCache<number>(KINDS_MAX);
  return {
    of: sizes.get,
    note: (kind, bytes) => {
      const size = Math.max(bytes, (sizes.get(kind) ?? 0) * (1 - decay));
      if (size > negligibleBytes) sizes.set(kind, size);
      else sizes.delete(kind);
    },
  };
};
