/** A quantity over time, and how fast it grows. */
export interface Sample {
  /** Seconds since the start. */
  at: number;
  value: number;
}

/** Least squares, per minute; NaN of fewer than two points in time. */
export const slopePerMinute = (samples: Sample[]): number => {
  const count = samples.length;
  const meanAt = samples.reduce((sum, { at }) => sum + at, 0) / count;
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / count;
  const covariance = samples.reduce((sum, { at, value }) => sum + (at - meanAt) * (value - mean), 0);
  const variance = samples.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0);
  return (60 * covariance) / variance;
};
