/** A real Prometheus with the shipped rules, for as long as a check lasts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../localstack/testing/stack.ts';
import { answers, startChild, untilReady } from '../tools/run-program.ts';
import type { Release } from './files.ts';

export interface Series {
  metric: Record<string, string>;
  /** Seconds, text of a number. */
  value?: [number, string];
  values?: [number, string][];
}

export interface Alert {
  labels: Record<string, string>;
  state: 'pending' | 'firing';
}

export interface Prometheus {
  query(expr: string): Promise<Series[]>;
  queryRange(expr: string, range: { from: number; to: number; stepSeconds: number }): Promise<Series[]>;
  alerts(): Promise<Alert[]>;
  /** Rules that failed when they were last evaluated, with what they said. */
  brokenRules(): Promise<string[]>;
  close(): Promise<void>;
}

export interface Target {
  job: string;
  /** `host:port` */
  address: string;
  /** As the ServiceMonitor of a release sets them. */
  labels?: Release;
}

interface PrometheusOptions {
  program: string;
  directory: string;
  rulePaths: string[];
  targets: Target[];
}

/** What the shipped rules leave to the configuration: how often. */
const INTERVAL = '1s';

interface Group {
  rules: { name: string; health: string; lastError?: string }[];
}

export const startPrometheus = async (options: PrometheusOptions): Promise<Prometheus> => {
  const { program, directory, rulePaths, targets } = options;
  const port = await freePort();
  const config = join(directory, 'prometheus.json'); // JSON is YAML
  const jobs = [...new Set(targets.map(({ job }) => job))].map((name) => ({
    job_name: name,
    static_configs: targets
      .filter(({ job }) => job === name)
      .map(({ address, labels }) => ({ targets: [address], labels: labels ?? {} })),
    // As the pods' names would be, and not a port of this run.
    relabel_configs: [{ target_label: 'instance', replacement: `${name}-0` }],
  }));
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: INTERVAL, scrape_timeout: INTERVAL, evaluation_interval: INTERVAL },
      rule_files: rulePaths,
      scrape_configs: jobs,
    }),
  );
  const data = `--storage.tsdb.path=${join(directory, 'prometheus')}`;
  const child = startChild(
    program,
    [`--config.file=${config}`, data, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'],
    { logPath: join(directory, 'prometheus.log') },
  );
  const url = `http://127.0.0.1:${port}`;
  const ask = async <T>(path: string, parameters: Record<string, string> = {}): Promise<T> => {
    const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`${parameters.query ?? path}: ${error}`);
    return data;
  };
  await untilReady('Prometheus', child, () => answers(`${url}/-/ready`)).catch(async (error: unknown) => {
    await child.stop();
    throw error;
  });
  return {
    query: async (query) => (await ask<{ result: Series[] }>('query', { query })).result,
    queryRange: async (query, { from, to, stepSeconds }) => {
      const range = { start: String(from / 1000), end: String(to / 1000), step: String(stepSeconds) };
      return (await ask<{ result: Series[] }>('query_range', { query, ...range })).result;
    },
    alerts: async () => (await ask<{ alerts: Alert[] }>('alerts')).alerts,
    brokenRules: async () =>
      (await ask<{ groups: Group[] }>('rules')).groups
        .flatMap(({ rules }) => rules)
        .filter(({ health }) => health !== 'ok')
        .map(({ name, health, lastError }) => `${name}: ${lastError ?? health}`),
    close: () => child.stop(),
  };
};
