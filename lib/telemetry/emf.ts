import { Metrics } from '@aws-lambda-powertools/metrics';
import { definitions, type Labels, type Sink } from './definitions.ts';

type Line = ReturnType<Metrics['serializeMetrics']>;

/** A label or value of the same name is the same in both, so that one line can hold them. */
const fits = (line: Line, other: Line): boolean =>
  Object.entries(other).every(([name, value]) => name === '_aws' || !(name in line) || line[name] === value);

const joined = (line: Line, other: Line): Line => ({
  ...line,
  ...other,
  _aws: { ...line._aws, CloudWatchMetrics: [...line._aws.CloudWatchMetrics, ...other._aws.CloudWatchMetrics] },
});

/** A microsecond is exact enough, and a tenth of a line shorter than a double. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

/**
 * CloudWatch metrics by way of the log (Embedded Metric Format), as few lines an invocation as their labels
 * allow. Every distinct name and label combination is billed, so labels are bounded.
 */
export const makeEmfSink = (options: { namespace: string; service: string }): Sink => {
  const bySet = new Map<string, Metrics>();
  const metricsOf = (labels: Labels): Metrics => {
    const key = JSON.stringify(labels);
    const known = bySet.get(key);
    if (known) return known;
    const { namespace, service: serviceName } = options;
    const created = new Metrics({ namespace, serviceName, defaultDimensions: labels });
    bySet.set(key, created);
    return created;
  };
  return {
    record: (name, labels, value) => {
      const { kind, unit } = definitions[name];
      if (kind !== 'gauge') metricsOf(labels).addMetric(name, unit, rounded(value));
    },
    flush: () => {
      const lines: Line[] = [];
      for (const metrics of bySet.values()) {
        if (!metrics.hasStoredMetrics()) continue;
        const line = metrics.serializeMetrics();
        metrics.clearMetrics();
        const at = lines.findIndex((each) => fits(each, line));
        if (at < 0) lines.push(line);
        else lines[at] = joined(lines[at] as Line, line);
      }
      for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`);
    },
    text: async () => '',
  };
};
