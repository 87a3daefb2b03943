import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Definition, definitions, type Labels, type MetricName, type Sink } from './definitions.ts';
import { knownValues } from './labels.ts';

type Record = (labels: Labels, value: number) => void;

/**
 * Every set of values that is known beforehand has 0 from the start: to Prometheus a series that
 * begins with 1 did not increase.
 */
const knownSets = (labels: Definition['labels']): Labels[] =>
  Object.entries(labels).reduce<Labels[]>(
    (sets, [name, label]) => sets.flatMap((set) => knownValues(label).map((value) => ({ ...set, [name]: value }))),
    [{}],
  );

const register = (name: string, definition: Definition, registry: Registry): Record => {
  const options = { name, help: definition.help, labelNames: Object.keys(definition.labels), registers: [registry] };
  if (definition.kind === 'counter') {
    const counter = new Counter(options);
    for (const labels of knownSets(definition.labels)) counter.inc(labels, 0);
    return (labels, value) => counter.inc(labels, value);
  }
  if (definition.kind === 'gauge') {
    const gauge = new Gauge(options);
    return (labels, value) => gauge.set(labels, value);
  }
  const histogram = new Histogram({ ...options, buckets: [...(definition.buckets ?? [])] });
  return (labels, value) => histogram.observe(labels, value);
};

/**
 * Without those gauges of prom-client's own that are named like counters (`_total`): each is the
 * sum of one that stays.
 */
const collectProcessMetrics = (registry: Registry): void => {
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray())
    if (name.endsWith('_total') && registry.getSingleMetric(name) instanceof Gauge) registry.removeSingleMetric(name);
};

/**
 * The Prometheus sink of the container and the local stack. Imported by `lib/runtime` alone, so
 * that no Lambda carries it.
 */
export const makePrometheusSink = (options: { processMetrics: boolean }): Sink => {
  const registry = new Registry();
  if (options.processMetrics) collectProcessMetrics(registry);
  const recorders = new Map<MetricName, Record>();
  for (const [name, definition] of Object.entries(definitions)) {
    recorders.set(name as MetricName, register(name, definition, registry));
  }
  return {
    record: (name, labels, value) => recorders.get(name)?.(labels, value),
    flush: () => {},
    text: () => registry.metrics(),
  };
};
