import { quantile } from '../kit/quantile.ts';

export const median = (values: number[]): number => quantile(values, 0.5);
export const max = (values: number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
export const min = (values: number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
export const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

const digitsOf = (value: number): number => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

/** Three significant digits or so: 4.27, 12.8, 1,304. */
export const shown = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: digitsOf(value), minimumFractionDigits: 0 });

export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

export const spread = (values: number[]): Spread => ({
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  max: max(values),
});

/** `p50 4.2, p99 12, max 31 ms` */
export const showSpread = ({ p50, p99, max: highest }: Spread, unit = 'ms'): string =>
  `p50 ${shown(p50)}, p99 ${shown(p99)}, max ${shown(highest)} ${unit}`;
