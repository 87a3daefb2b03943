/** How long what was rotated stays valid, unless a caller says otherwise. */
export const OVERLAP_DEFAULT_SECONDS = 86_400;

/**
 * Until when a rotation lasts: the last of the earlier generations to end, while one is still good.
 * Times are epoch ms, business time.
 */
export const rotationEnd = (generations: readonly { until?: number }[], now: number): number | undefined => {
  const ends = generations.flatMap(({ until }) => (until !== undefined && now < until ? [until] : []));
  return ends.length > 0 ? Math.max(...ends) : undefined;
};
