import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { ownApi } from '../../lib/runtime/serverless/api.ts';
import { type Definition, definitions } from '../../lib/telemetry/definitions.ts';
import { dashboard, dashboardNames, queries, type Rule, rulesOf, runbook, seriesIn } from './files.ts';

const recorded = (rules: Rule[]): string[] => rules.flatMap(({ record }) => record ?? []);
const prometheus = rulesOf('prometheus');
const cloudwatch = rulesOf('cloudwatch');
const all = new Set([...recorded(prometheus), ...recorded(cloudwatch)]);
/** The labels that a rule's outermost aggregation leaves. */
const labelsOf = ({ expr }: Rule): string[] =>
  (expr.match(/^\(?(?:histogram_quantile\([\d.]+, )?(?:sum|max)(?: by \(([^)]*)\))?/)?.[1] ?? '')
    .split(', ')
    .filter((label) => label !== '' && label !== 'le');
/** Of several releases in one Prometheus none may blend with another. */
const SCOPE = ['namespace', 'release'];
/** Series names with what stands in braces behind them, if anything. */
const selectors = (expr: string): [name: string, matchers: string][] =>
  seriesIn(expr).flatMap((name) =>
    [...expr.matchAll(new RegExp(`(?<![\\w:])${name}(?![\\w:])(?:\\{([^}]*)\\})?`, 'g'))].map(
      ([, matchers = '']): [string, string] => [name, matchers],
    ),
  );
const perPlace = /^event_system:(process_|nodejs_|function_)/;

it('the names of series are distinguished from functions, labels and words', () => {
  const expr =
    'sum by (le) (rate(a_total{b="c_d"}[5m] offset 15m)) / on (x) group_left () (up > 0) or vector(0) and a:b:rate5m';
  expect(seriesIn(expr)).toEqual(['a_total', 'up', 'a:b:rate5m']);
});

describe('the recorded series', () => {
  it('are the same of both sources, with the same labels, but for what processes and functions have alone', () => {
    const shown = (rules: Rule[]) =>
      Object.fromEntries(
        rules.flatMap((rule) =>
          rule.record === undefined || perPlace.test(rule.record) || rule.labels ? [] : [[rule.record, labelsOf(rule)]],
        ),
      );
    expect(shown(cloudwatch)).toEqual(shown(prometheus));
  });

  it.each([
    ['prometheus', prometheus],
    ['cloudwatch', cloudwatch],
  ])('of %s read every metric of the service', (_source, rules) => {
    const read = rules.map(({ expr }) => expr).join('\n');
    for (const [name, { kind }] of Object.entries(definitions))
      if (kind !== 'gauge' || _source === 'prometheus') expect(read).toMatch(new RegExp(`${name}(_|\\b)`));
  });

  it('have the labels of their metrics', () => {
    for (const rule of prometheus) {
      const name = Object.keys(definitions).find((metric) => new RegExp(`\\b${metric}(_bucket)?[[{]`).test(rule.expr));
      if (rule.record === undefined || name === undefined) continue;
      const declared = Object.keys(definitions[name as keyof typeof definitions].labels);
      expect(labelsOf(rule), rule.record).toEqual([...SCOPE, ...declared]);
    }
  });
});

describe.each([
  ['prometheus', prometheus],
  ['cloudwatch', cloudwatch],
])('of several releases, the rules of %s', (source, rules) => {
  const exporterItself = 'max by (instance) (up{job="yace"})';

  it('blend none with another: what is aggregated keeps namespace and release', () => {
    for (const { record, alert, expr } of rules) {
      const rest = expr.replace(exporterItself, '');
      expect(rest, record ?? alert).not.toMatch(/\b(sum|max|min|avg|count)\s*\(/);
      for (const [, labels] of rest.matchAll(/\bby \(([^)]*)\)/g)) expect(labels).toMatch(/^namespace, release(,|$)/);
    }
  });

  it('read nothing of another job', () => {
    const job = source === 'prometheus' ? 'event-system' : 'yace';
    for (const { record, expr } of rules)
      for (const [name, matchers] of record === undefined ? [] : selectors(expr))
        if (!name.startsWith('event_system:')) expect(matchers, `${record}: ${name}`).toMatch(`job="${job}"`);
  });
});

const routes = (await ownApi()).routes();

/** All values that the service itself can give a label; of a route, one for each template. */
const emitted = (label: string): string[] => {
  if (label === 'route') return routes.map(({ path }) => path);
  if (label === 'queue') return queueNames();
  return Object.values<Definition>(definitions).flatMap(({ labels }) => [...(labels[label]?.values ?? [])]);
};
const ours = new Set(Object.values<Definition>(definitions).flatMap(({ labels }) => Object.keys(labels)));

/**
 * Of an expression: what it compares the service's labels with. An alternative of a regular
 * expression is one value.
 */
const matchers = (expr: string): { label: string; value: string }[] =>
  [...expr.matchAll(/\b(?:dimension_)?(\w+)(=~|!~|!=|=)"([^"]+)"/g)].flatMap(
    ([, label = '', operator = '', text = '']) =>
      ours.has(label) && !text.startsWith('$')
        ? (operator.endsWith('~') && !text.includes('(') ? text.split('|') : [text]).map((value) => ({ label, value }))
        : [],
  );

/** What the alarms of the stack look for. */
const alarmDimensions = (): { label: string; value: string }[] => {
  const text = readFileSync(new URL('../resources/alarms.yml', import.meta.url), 'utf8');
  return [...text.matchAll(/\{ Name: (\w+), Value: '?([\w/]+)'? \}/g)].flatMap(([, label = '', value = '']) =>
    ours.has(label) ? [{ label, value }] : [],
  );
};

const queueNames = (): string[] => {
  const resources = readFileSync(new URL('../resources/queues.yml', import.meta.url), 'utf8');
  return [...resources.matchAll(/QueueName: \$\{self:service\}-\$\{sls:stage\}-([a-z-]+)/g)].map(
    ([, name = '']) => name,
  );
};

interface Job {
  dimensionNameRequirements: string[];
  metrics: { name: string; statistics?: string[] }[];
}

describe('the exporter of CloudWatch', () => {
  const text = readFileSync(new URL('yace.yml', import.meta.url), 'utf8');
  const yace = load(text) as {
    customNamespace: Job[];
    static: { dimensions: { value: string }[] }[];
  };

  it('asks for every metric by the dimensions that it is written with', () => {
    const asked = yace.customNamespace.flatMap(({ dimensionNameRequirements, metrics }) =>
      metrics.map(({ name }) => [name, dimensionNameRequirements] as const),
    );
    const written = Object.entries(definitions)
      .filter(([, { kind }]) => kind !== 'gauge')
      .map(([name, { labels }]) => [name, ['service', ...Object.keys(labels)]] as const);
    expect(Object.fromEntries(asked)).toEqual(Object.fromEntries(written));
    expect(asked).toHaveLength(written.length);
  });

  it('asks for every queue', () => {
    const wanted = queueNames().map((name) => `event-notification-service-prod-${name}`);
    expect(yace.static.map(({ dimensions }) => dimensions[0]?.value).toSorted()).toEqual(wanted.toSorted());
  });
});

describe('alerts', () => {
  const alerts = rulesOf('prometheus').filter(({ alert }) => alert !== undefined);

  it('are each seen to fire and to stay quiet', () => {
    const path = new URL('alerts.test.yml', import.meta.url);
    const { tests } = load(readFileSync(path, 'utf8')) as { tests: { name: string }[] };
    const untried = alerts.flatMap(({ alert }) =>
      ['fires', 'stays quiet']
        .map((what) => `${alert} ${what}`)
        .filter((of) => !tests.some(({ name }) => name.startsWith(of))),
    );
    expect(untried).toEqual([]);
  });

  it('have a severity, a summary, a description and a page of the runbook each; and every page is one of an alert', () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(['critical', 'warning', 'info'], alert).toContain(labels?.severity);
      expect(annotations?.summary, alert).toBeTruthy();
      expect(annotations?.description, alert).toBeTruthy();
      expect(annotations?.runbook_url).toBe(`runbook/${alert}.md`);
    }
    expect(runbook().toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  });

  it('query recorded series alone', () => {
    for (const { alert, expr } of alerts) {
      expect(seriesIn(expr).length, alert).toBeGreaterThan(0);
      for (const name of seriesIn(expr)) expect(all, `${alert}: ${name}`).toContain(name);
    }
  });

  it('look for label values that are emitted, and for no others', () => {
    const exprs = [...rulesOf('prometheus'), ...rulesOf('cloudwatch')].map(({ expr }) => expr);
    const panels = dashboardNames.flatMap((name) => queries(name)).map(({ expr }) => expr);
    const looked = [...exprs, ...panels].flatMap(matchers);
    expect(looked).toContainEqual({ label: 'reason', value: 'gate_unavailable' });
    expect(looked).toContainEqual({ label: 'kind', value: 'lease' });
    for (const { label, value } of [...looked, ...alarmDimensions()])
      expect(
        emitted(label).some((one) => new RegExp(`^(${value})$`).test(one)),
        `${label}="${value}"`,
      ).toBe(true);
  });

  it('compare with every threshold, and with no other', () => {
    const thresholds = new Set(
      prometheus.flatMap(({ record, labels }) => (record === 'event_system:alert_threshold' && labels?.of) || []),
    );
    const used = new Set(
      alerts.flatMap(({ expr }) => [...expr.matchAll(/threshold\{of="(\w+)"\}/g)].map(([, of]) => of)),
    );
    expect(used).toEqual(thresholds);
  });
});

describe.each(dashboardNames)('the dashboard %s', (name) => {
  const { uid, schemaVersion, panels } = dashboard(name);

  it('has a fixed uid, and ids of its own', () => {
    expect(uid).toBe(`event-system-${name}`);
    expect(schemaVersion).toBe(41);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('queries recorded series alone', () => {
    for (const { panel, expr } of queries(name)) {
      expect(seriesIn(expr).length, panel).toBeGreaterThan(0);
      for (const series of seriesIn(expr)) expect(all, `${panel}: ${series}`).toContain(series);
    }
  });

  it('shows one release, which is chosen by namespace and name', () => {
    const variables = dashboard(name).templating.list.map(({ name: variable }) => variable);
    expect(variables).toEqual(['datasource', ...SCOPE]);
    for (const { panel, expr } of queries(name))
      for (const [series, matchers] of selectors(expr)) {
        // Thresholds are of every release where the rules are those of the files.
        const own =
          series === 'event_system:alert_threshold'
            ? (label: string) => `=~"|$${label}"`
            : (label: string) => `="$${label}"`;
        for (const label of SCOPE) expect(matchers, panel).toContain(`${label}${own(label)}`);
      }
  });

  it('says of each panel what it shows, in which unit, from the source that is chosen', () => {
    for (const panel of panels.filter(({ type }) => type !== 'row')) {
      expect(panel.description, panel.title).toBeTruthy();
      expect(panel.fieldConfig?.defaults.unit, panel.title).toBeTruthy();
      expect(JSON.stringify(panel)).toMatch(/"uid":"\$\{datasource\}"/);
    }
  });

  it('lays its panels side by side, none over another', () => {
    const taken = new Set<string>();
    for (const { gridPos, title } of panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(x < 24 && !taken.has(`${x} ${y}`), title).toBe(true);
          taken.add(`${x} ${y}`);
        }
  });
});
