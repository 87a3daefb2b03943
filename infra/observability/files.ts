/** What operators are given: rules, dashboards, runbook, as they are in the chart. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

const files = new URL('../helm/event-system/files/', import.meta.url);

export type Source = 'prometheus' | 'cloudwatch';

/**
 * What tells series apart: the labels of each. With CloudWatch: `<account>/<region>`, and the
 * stack.
 */
export interface Release {
  namespace: string;
  release: string;
}

export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig?: {
    defaults: {
      unit: string;
      thresholds: { steps: { color: string; value: number | null }[] };
      custom?: { stacking?: { mode: string }; scaleDistribution?: unknown };
    };
    overrides?: { matcher: { options: string } }[];
  };
  targets?: { refId: string; expr: string; legendFormat: string }[];
}

export interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  templating: { list: { name: string; query: string | { query: string } }[] };
  panels: Panel[];
}

export const dashboardNames = ['delivery', 'runtime'] as const;

const pathOf = (name: string): string => fileURLToPath(new URL(name, files));

/** The rule files that Prometheus loads for a source, absolute. */
export const rulePaths = (source: Source): string[] =>
  [`recording-${source}`, 'common', 'alerts'].map((name) => pathOf(`rules/${name}.yml`));

const rulesIn = (path: string): Rule[] =>
  (load(readFileSync(path, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);

export const rulesOf = (source: Source): Rule[] => rulePaths(source).flatMap(rulesIn);

export const dashboard = (name: (typeof dashboardNames)[number]): Dashboard =>
  JSON.parse(readFileSync(pathOf(`dashboards/${name}.json`), 'utf8')) as Dashboard;

export interface Query {
  /** `delivery: Depth`. */
  panel: string;
  expr: string;
}

export const queries = (name: (typeof dashboardNames)[number]): Query[] =>
  dashboard(name).panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ panel: `${name}: ${title}`, expr })),
  );

/** A panel's query as Grafana asks it when this release is chosen. */
export const queryOf = (expr: string, { namespace, release }: Release): string =>
  expr.replaceAll('$namespace', namespace).replaceAll('$release', release);

/** Names of alerts that have a page. */
export const runbook = (): string[] => readdirSync(pathOf('runbook')).map((name) => name.replace(/\.md$/, ''));

const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by']);

/**
 * Of the series that an expression reads: every name that is no function's, no label's and no word
 * of PromQL.
 */
export const seriesIn = (expr: string): string[] => {
  const bare = expr
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/(?<![\w:.])[a-zA-Z_][\w:]*(?![\w:]|\s*\()/g)].map(([name]) => name);
  return [...new Set(names.filter((name) => !WORDS.has(name)))];
};
