/**
 * The dashboards as an operator sees them: their own queries over the run that was just made, drawn
 * by chart.js.
 */
import { withBrowser } from '../tools/browser.ts';
import { savePicture, saveTerminal } from '../tools/pictures.ts';
import { type Dashboard, dashboard, dashboardNames, type Panel, queryOf, type Release } from './files.ts';
import type { Prometheus, Series } from './prometheus.ts';

interface Range {
  release: Release;
  /** Epoch ms. */
  from: number;
  to: number;
}

interface Line {
  name: string;
  /** Drawn dashed. */
  isThreshold: boolean;
  /** Epoch s. */
  points: { x: number; y: number }[];
}

const WIDTH = 1_320;
const MIB = 2 ** 20;
const PAGE = new URL('dashboard.html', import.meta.url).href;

const unitOf = ({ fieldConfig }: Panel): string => fieldConfig?.defaults.unit ?? 'short';

const nameOf = (legend: string, { metric }: Series, fallback: string): string =>
  legend === '' ? fallback : legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');

const linesOf = async (panel: Panel, prometheus: Prometheus, { from, to, release }: Range): Promise<Line[]> => {
  const thresholds = new Set(panel.fieldConfig?.overrides?.map(({ matcher }) => matcher.options));
  // So that the ticks of bytes are round in MiB.
  const divisor = unitOf(panel) === 'bytes' ? MIB : 1;
  const lines: Line[] = [];
  for (const { expr, legendFormat } of panel.targets ?? [])
    for (const series of await prometheus.queryRange(queryOf(expr, release), { from, to, stepSeconds: 1 })) {
      const name = nameOf(legendFormat, series, panel.title);
      const points = (series.values ?? []).map(([x, value]) => ({ x, y: Number(value) / divisor }));
      lines.push({ name, isThreshold: thresholds.has(name), points });
    }
  return lines;
};

/**
 * Without the panels that have no data (those of functions, which only AWS has), and rows of
 * nothing else.
 */
const panelsOf = async ({ panels }: Dashboard, prometheus: Prometheus, range: Range) => {
  const drawn: (Record<string, unknown> & { type: string })[] = [];
  for (const panel of panels) {
    const { type, title, gridPos: place } = panel;
    const { custom, thresholds } = panel.fieldConfig?.defaults ?? {};
    const lines = await linesOf(panel, prometheus, range);
    if (type === 'row' && drawn.at(-1)?.type === 'row') drawn.pop();
    if (type !== 'row' && lines.every(({ isThreshold }) => isThreshold)) continue;
    drawn.push({
      ...{ type, title, place, lines },
      unit: unitOf(panel) === 'bytes' ? 'MiB' : unitOf(panel),
      thresholds: thresholds?.steps ?? [],
      stacked: custom?.stacking?.mode === 'normal',
      log: custom?.scaleDistribution !== undefined,
      from: range.from / 1000,
      to: range.to / 1000,
    });
  }
  return drawn.at(-1)?.type === 'row' ? drawn.slice(0, -1) : drawn;
};

const METRICS_LINES = 42;

/** What of `/metrics` a picture shows: the service's own counters that have moved, and their help. */
const movedMetrics = (text: string): string => {
  const lines = text.split('\n').filter((line) => /^(# HELP )?event_system_/.test(line));
  const moved = lines.filter((line, index) =>
    line.startsWith('#') ? !/ 0$|^#/.test(lines[index + 1] ?? '#') : !/ 0$|_(bucket|sum)\b/.test(line),
  );
  return moved.slice(0, METRICS_LINES).join('\n');
};

/** @param metrics what `/metrics` answers */
export const drawPictures = (prometheus: Prometheus, metrics: string, range: Range): Promise<void> =>
  withBrowser(async (browser) => {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 400 } });
    const [from = '', to = ''] = [range.from, range.to].map((at) => new Date(at).toISOString().slice(0, 19));
    for (const name of dashboardNames) {
      const board = dashboard(name);
      const panels = await panelsOf(board, prometheus, range);
      const span = `${from.replace('T', ' ')} to ${to.slice(11)} UTC`;
      await page.goto(PAGE);
      await page.evaluate(`drawDashboard(${JSON.stringify({ title: board.title, span, panels })})`);
      await savePicture(page.locator('body'), `dashboard-${name}`);
    }
    await saveTerminal(page, 'metrics', {
      text: `$ curl localhost:9090/metrics\n${movedMetrics(metrics)}\n…`,
      colours: [
        [/^#.*$/gm, '#7d8896'],
        [/(?<=^event_system.* )\S+$/gm, '#7ee787'],
      ],
    });
  });
