/**
 * OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/) for those who ask for
 * it, else Prometheus' own text format.
 */

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * The weight of each media range that `accept` names (RFC 9110, 12.5.1); of a type with versions,
 * that of 1.0.0 or of none.
 */
const weightsOf = (accept: string): Map<string, number> => {
  const weights = new Map<string, number>();
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const parameterOf = (name: string): string | undefined =>
      parameters.find((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1);
    if (type === 'application/openmetrics-text' && (parameterOf('version') ?? '1.0.0') !== '1.0.0') continue;
    weights.set(type, Math.max(weights.get(type) ?? 0, Number(parameterOf('q') ?? 1) || 0));
  }
  return weights;
};

/** Whether `accept` names OpenMetrics, and no other format before it. */
export const prefersOpenMetrics = (accept = ''): boolean => {
  const weights = weightsOf(accept);
  const wanted = weights.get('application/openmetrics-text') ?? 0;
  return wanted > 0 && wanted >= (weights.get('text/plain') ?? weights.get('text/*') ?? 0);
};

/**
 * A metric family has its name without `_total`, only its samples carry it; quotes in a help text
 * are escaped.
 */
const metadata = (line: string, counters: Set<string>): string => {
  const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
  if (kind === undefined) return line;
  const family = counters.has(name) ? name.replace(/_total$/, '') : name;
  return `# ${kind} ${family} ${kind === 'HELP' ? rest.replaceAll('"', '\\"') : rest}`;
};

/** Bounds are floats: `1.0`, not `1`. */
const sample = (line: string): string => line.replace(/(?<=\ble=")-?\d+(?=")/, '$&.0');

/**
 * @param text Prometheus' text format 0.0.4, as prom-client writes it; its own switch renames the
 * counters for good.
 */
export const toOpenMetrics = (text: string): string => {
  const lines = text.split('\n').filter((line) => line !== '');
  const counters = new Set(lines.flatMap((line) => /^# TYPE (\S+) counter$/.exec(line)?.[1] ?? []));
  const written = lines.map((line) => (line.startsWith('#') ? metadata(line, counters) : sample(line)));
  return `${[...written, '# EOF'].join('\n')}\n`;
};
