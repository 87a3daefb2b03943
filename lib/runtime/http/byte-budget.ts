/**
 * Memory that many share. None may hold more than it leaves free (the dynamic thresholds of Choudhury and
 * Hahne, 1998), so it is never full: alone half of it, with another a third.
 */
interface ByteBudget<K> {
  /** False, with nothing taken, when `share` would hold more than it leaves free. */
  take(share: K, bytes: number): boolean;
  /** Counts what is held in any case. */
  force(share: K, bytes: number): void;
  give(share: K, bytes: number): void;
  heldBy(share: K): number;
  /** By all. */
  held(): number;
}

export const makeByteBudget = <K>(totalBytes: number): ByteBudget<K> => {
  const shares = new Map<K, number>();
  let all = 0;
  const heldBy = (share: K): number => shares.get(share) ?? 0;
  const change = (share: K, bytes: number): void => {
    all += bytes;
    const now = heldBy(share) + bytes;
    if (now > 0) shares.set(share, now);
    else shares.delete(share);
  };
  return {
    take: (share, bytes) => {
      if (heldBy(share) + bytes > totalBytes - all - bytes) return false;
      change(share, bytes);
      return true;
    },
    force: change,
    give: (share, bytes) => change(share, -bytes),
    heldBy,
    held: () => all,
  };
};
