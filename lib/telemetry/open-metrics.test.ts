import { describe, expect, it } from 'vitest';
import { prefersOpenMetrics, toOpenMetrics } from './open-metrics.ts';
import { makePrometheusSink } from './prometheus.ts';

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';

describe('OpenMetrics', () => {
  it.each([
    PROMETHEUS_2,
    PROMETHEUS_3,
    'application/openmetrics-text',
    'Application/OpenMetrics-Text; version=1.0.0, text/plain',
  ])('is what %s prefers', (accept) => {
    expect(prefersOpenMetrics(accept)).toBe(true);
  });

  it.each([
    undefined,
    '',
    '*/*',
    'text/html,application/xhtml+xml,*/*;q=0.8',
    'application/openmetrics-text;version=0.0.1',
    'application/openmetrics-text;q=0',
    'text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5',
  ])('is not what %s prefers', (accept) => {
    expect(prefersOpenMetrics(accept)).toBe(false);
  });

  it('names a counter without _total and its samples with it, has floats for bounds, and an end', () => {
    const text = [
      '# HELP a_total Those of "a".',
      '# TYPE a_total counter',
      'a_total{b="# TYPE x",le="x"} 1',
      '',
      '# HELP lag_seconds Lag.',
      '# TYPE lag_seconds histogram',
      ...['0.5', '1', '+Inf'].map((bound) => `lag_seconds_bucket{le="${bound}"} 2`),
      '',
    ].join('\n');
    expect(toOpenMetrics(text).split('\n')).toEqual([
      '# HELP a Those of \\"a\\".',
      '# TYPE a counter',
      'a_total{b="# TYPE x",le="x"} 1',
      '# HELP lag_seconds Lag.',
      '# TYPE lag_seconds histogram',
      ...['0.5', '1.0', '+Inf'].map((bound) => `lag_seconds_bucket{le="${bound}"} 2`),
      '# EOF',
      '',
    ]);
  });

  it('has every family once, under a name that no other one begins with and a suffix ends', async () => {
    const text = toOpenMetrics(await makePrometheusSink({ processMetrics: true }).text());
    const families = [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name = '', type = '']) => ({ name, type }));
    const names = new Set(families.map(({ name }) => name));
    expect(names.size).toBe(families.length);
    for (const suffix of ['_total', '_count', '_sum', '_bucket', '_created', '_info'])
      for (const name of names) expect(names).not.toContain(`${name}${suffix}`);
    expect(names).toContain('event_system_http_requests');
    expect(names).toContain('process_cpu_seconds');
  });
});

it('no gauge is named like a counter, of the process no more than of the service', async () => {
  const text = await makePrometheusSink({ processMetrics: true }).text();
  const named = [...text.matchAll(/^# TYPE (\S+_total) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(named).toContain('process_cpu_seconds_total counter');
  expect(named.filter((each) => !each.endsWith(' counter'))).toEqual([]);
});
