import { Metrics } from '@aws-lambda-powertools/metrics';
import { definitions, type Labels, type Sink } from './definitions.ts';

/**
 * CloudWatch metrics by way of the log (Embedded Metric Format), one line per set of labels and invocation.
 * Every distinct name and label combination is billed, so labels are bounded.
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
      if (kind !== 'gauge') metricsOf(labels).addMetric(name, unit, value);
    },
    flush: () => {
      for (const metrics of bySet.values()) if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
    text: async () => '',
  };
};
