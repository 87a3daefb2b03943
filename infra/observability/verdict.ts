/** Whether the rules and the panels have data: numbers, not just series. */
import { type Query, queryOf, type Release, type Rule, seriesIn } from './files.ts';
import type { Prometheus, Series } from './prometheus.ts';

/** Of those that begin with 0 and are there whatever happens. */
const isAbove0 = (series: Series[]): boolean => series.some(({ value }) => Number(value?.[1]) > 0);
const hasNumber = (series: Series[]): boolean => series.some(({ value }) => Number.isFinite(Number(value?.[1])));

/**
 * The recording rules without data, and those that say 0 all the time though they are not `idle`;
 * in a sentence each.
 */
export const emptyRules = async (prometheus: Prometheus, rules: Rule[], idle: string[]): Promise<string[]> => {
  const names = [...new Set(rules.flatMap(({ record }) => record ?? []))];
  const empty: string[] = [];
  for (const name of names) {
    const series = await prometheus.query(idle.includes(name) ? name : `max_over_time(${name}[10m])`);
    if (!(idle.includes(name) ? hasNumber : isAbove0)(series)) empty.push(`${name} has no data`);
  }
  return empty;
};

/**
 * The panels' queries without data of this release; those that read what is `elsewhere` alone are
 * left out.
 */
export const emptyPanels = async (
  prometheus: Prometheus,
  queries: Query[],
  { elsewhere, release }: { elsewhere: RegExp; release: Release },
): Promise<string[]> => {
  const empty: string[] = [];
  for (const { panel, expr } of queries) {
    if (seriesIn(expr).every((name) => elsewhere.test(name))) continue;
    if (!hasNumber(await prometheus.query(queryOf(expr, release)))) empty.push(`panel "${panel}" has no data: ${expr}`);
  }
  return empty;
};
